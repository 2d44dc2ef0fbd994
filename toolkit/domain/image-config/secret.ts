/**
 * A text that no log, event, snapshot or artifact may hold. It prints as `***`, also as JSON; only `reveal`
 * gives it.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '***';
  }

  toJSON(): string {
    return '***';
  }
}

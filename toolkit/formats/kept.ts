/** The newest `most` things that were read, by their places, to be read once only. */
export class Kept<K, V> {
  readonly #most: number;
  readonly #known = new Map<K, V>();

  constructor(most: number) {
    this.#most = most;
  }

  /** What is kept of a place, or what `read` gives. What it throws is thrown on, and asked for again the next time. */
  async get(place: K, read: (place: K) => Promise<V>): Promise<V> {
    const known = this.#known.get(place);
    if (known !== undefined) return known;
    const value = await read(place);
    if (this.#known.size >= this.#most) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(place, value);
    return value;
  }
}

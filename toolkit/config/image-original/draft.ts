type Path = readonly PropertyKey[];

/** A configuration in our own form as it is made of another one, with where each part is from. */
export class Draft {
  readonly value: Record<string, unknown> = {};
  readonly #origins = new Map<string, Path>();

  /** Sets the value of a path; undefined sets nothing. Mappings and lists on the way are made. */
  set(path: Path, value: unknown, from: Path): void {
    if (value === undefined) return;
    this.#origins.set(JSON.stringify(path), from);
    let holder: Record<PropertyKey, unknown> = this.value;
    for (const [index, step] of path.slice(0, -1).entries()) {
      holder[step] ??= typeof path[index + 1] === 'number' ? [] : {};
      const key = JSON.stringify(path.slice(0, index + 1));
      if (!this.#origins.has(key)) this.#origins.set(key, from);
      holder = holder[step] as Record<PropertyKey, unknown>;
    }
    holder[path.at(-1)!] = value;
  }

  /** Sets keys of what is at `to`, each from a place in what is at `from`. */
  setter<K extends PropertyKey = PropertyKey>(
    to: Path,
    from: Path,
  ): (key: string, value: unknown, ...source: readonly K[]) => void {
    return (key, value, ...source) => this.set([...to, key], value, [...from, ...source]);
  }

  /** Where the value of a path, or the nearest thing around it, is from. */
  origin(path: Path): Path {
    for (let length = path.length; length > 0; length -= 1) {
      const found = this.#origins.get(JSON.stringify(path.slice(0, length)));
      if (found !== undefined) return found;
    }
    return [];
  }
}

/** The text, unless there is nothing in it. */
export function some(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === '' ? undefined : trimmed;
}

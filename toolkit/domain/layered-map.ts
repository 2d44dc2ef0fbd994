/** How many changes there may be for each entry of the base before they become a new base. */
const MOST_CHANGES = 1 / 32;

/**
 * A map that is never changed in place: a new version shares all that is the same with the old one, so that
 * it costs as much as what is different.
 */
export class LayeredMap<K, V> {
  readonly #base: ReadonlyMap<K, V>;
  readonly #changes: ReadonlyMap<K, V>;

  constructor(base: ReadonlyMap<K, V>, changes: ReadonlyMap<K, V> = new Map()) {
    this.#base = base;
    this.#changes = changes;
  }

  get(key: K): V | undefined {
    return this.#changes.get(key) ?? this.#base.get(key);
  }

  has(key: K): boolean {
    return this.#changes.has(key) || this.#base.has(key);
  }

  *keys(): Generator<K> {
    yield* this.#base.keys();
    for (const key of this.#changes.keys()) {
      if (!this.#base.has(key)) {
        yield key;
      }
    }
  }

  *values(): Generator<V> {
    for (const key of this.keys()) {
      yield this.get(key)!;
    }
  }

  /** This map with other values for some keys. */
  with(changes: ReadonlyMap<K, V>): LayeredMap<K, V> {
    if (changes.size === 0) {
      return this;
    }
    if (this.#base.size === 0 && this.#changes.size === 0) {
      return new LayeredMap(changes);
    }
    const all = merged(this.#changes, changes);
    return all.size > this.#base.size * MOST_CHANGES
      ? new LayeredMap(merged(this.#base, all))
      : new LayeredMap(this.#base, all);
  }
}

function merged<K, V>(below: ReadonlyMap<K, V>, above: ReadonlyMap<K, V>): Map<K, V> {
  const all = new Map(below);
  for (const [key, value] of above) {
    all.set(key, value);
  }
  return all;
}

/** Changes to a map of lists: `done` is the map with them. Nobody else may change that afterwards. */
export class ListDraft<V> {
  readonly #before: LayeredMap<string, readonly V[]>;
  readonly #lists = new Map<string, V[]>();

  constructor(before: LayeredMap<string, readonly V[]>) {
    this.#before = before;
  }

  #list(key: string): V[] {
    let list = this.#lists.get(key);
    if (list === undefined) {
      list = this.#before.get(key)?.slice() ?? [];
      this.#lists.set(key, list);
    }
    return list;
  }

  add(key: string, value: V): void {
    this.#list(key).push(value);
  }

  remove(key: string, isGone: (value: V) => boolean): void {
    const list = this.#list(key);
    this.#lists.set(
      key,
      list.filter((value) => !isGone(value)),
    );
  }

  done(): LayeredMap<string, readonly V[]> {
    return this.#before.with(this.#lists);
  }
}

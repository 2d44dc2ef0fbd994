/** Numbers that depend on a seed alone. */
export interface Random {
  /** Whole number from `from` to `to`, both included. */
  between(from: number, to: number): number;
  /** True in this share of the calls, 0 to 1. */
  chance(share: number): boolean;
  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T;
  /** Up to `count` of a list, each once, in its order. */
  some<T>(list: readonly T[], count: number): readonly T[];
}

/** mulberry32: 32 bits of state are plenty for texts. Source: Tommy Ettinger, public domain. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  return {
    between,
    chance: (share) => next() < share,
    pick: (list) => list[between(0, list.length - 1)]!,
    some: (list, count) => {
      const taken = new Set<number>();
      for (let left = Math.min(count, list.length); left > 0; left -= 1) {
        taken.add(between(0, list.length - 1));
      }
      return [...taken].sort((a, b) => a - b).map((at) => list[at]!);
    },
  };
}

import type { Zone } from './geometry.ts';

/** Blocks one after another. */
export interface Run {
  readonly start: number;
  readonly length: number;
}

/** Gives out the blocks between the zones, ascending, each once. */
export interface Space {
  /** So many blocks, in as few runs as can be. They may lie behind the end of the file system. */
  take(count: number): Run[];
  /** All blocks below that are in no zone are given out, and none above. */
  readonly frontier: number;
}

/** The space that `zones` (ascending, apart) leave. */
export function openSpace(zones: readonly Zone[]): Space {
  let next = 0;
  let zone = 0;
  const skipZones = () => {
    for (; zone < zones.length && zones[zone]!.start <= next; zone += 1) {
      next = Math.max(next, zones[zone]!.end);
    }
  };
  return {
    take(count) {
      const runs: Run[] = [];
      for (let left = count; left > 0; ) {
        skipZones();
        const room = (zones[zone]?.start ?? Number.MAX_SAFE_INTEGER) - next;
        const length = Math.min(left, room);
        runs.push({ start: next, length });
        next += length;
        left -= length;
      }
      return runs;
    },
    get frontier() {
      return next;
    },
  };
}

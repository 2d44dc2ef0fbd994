import { roundUp } from '../../domain/round.ts';
import type { Inode } from '../inodes.ts';
import { MIB, SECTOR, STRIPE, SUPERBLOCKS } from './constants.ts';

/** A run of a file on the disk, in whole sectors. */
export interface FileExtent {
  /** Where in the file it begins. */
  readonly offset: number;
  readonly start: number;
  readonly length: number;
}

/** A part of the disk that holds one kind of thing. */
export interface Chunk {
  readonly start: number;
  readonly length: number;
  readonly type: number;
  readonly used: number;
}

const MOST_EXTENT = 128 * MIB;
/** A chunk of data is no larger, as Linux makes them. */
const MOST_CHUNK = 1024 * MIB;

/** Gives out a part of a chunk, ascending, but for the places of superblocks. */
export class Room {
  #next: number;
  readonly #end: number;

  constructor(start: number, end: number) {
    this.#next = start;
    this.#end = end;
  }

  get next(): number {
    return this.#next;
  }

  /** At most `length` bytes in one piece; undefined where none are left. */
  take(length: number, least = SECTOR): { readonly start: number; readonly length: number } | undefined {
    for (;;) {
      const inside = SUPERBLOCKS.find((at) => at <= this.#next && this.#next < at + STRIPE);
      if (inside !== undefined) this.#next = inside + STRIPE;
      const barrier = SUPERBLOCKS.find((at) => at >= this.#next) ?? Number.MAX_SAFE_INTEGER;
      const room = Math.min(this.#end, barrier) - this.#next;
      if (room < least) {
        if (barrier >= this.#end) return undefined;
        this.#next = barrier + STRIPE;
        continue;
      }
      const start = this.#next;
      const size = Math.min(length, room);
      this.#next += size;
      return { start, length: size };
    }
  }
}

/**
 * Gives every file its extents, in the order of the paths, from `start` on; chunks of data are made as they are
 * wanted, each of whole MiB.
 */
export function placeData(
  inodes: readonly Inode[],
  start: number,
): {
  readonly extents: ReadonlyMap<Inode, readonly FileExtent[]>;
  readonly bounds: readonly [number, number, number][];
} {
  const extents = new Map<Inode, FileExtent[]>();
  /** Start, end and bytes in use of each. */
  const bounds: [number, number, number][] = [];
  let room: Room | undefined;
  for (const node of inodes) {
    const { type, size } = node.entry;
    if (type !== 'file' || size === 0) continue;
    const whole = roundUp(size, SECTOR);
    const own: FileExtent[] = [];
    for (let offset = 0; offset < whole; ) {
      const taken = room?.take(Math.min(whole - offset, MOST_EXTENT));
      if (taken === undefined) {
        const from = bounds.at(-1)?.[1] ?? start;
        bounds.push([from, from + MOST_CHUNK, 0]);
        room = new Room(from, from + MOST_CHUNK);
        continue;
      }
      own.push({ offset, ...taken });
      bounds.at(-1)![2] += taken.length;
      offset += taken.length;
    }
    extents.set(node, own);
  }
  const last = bounds.at(-1);
  if (last !== undefined) last[1] = roundUp(room!.next, MIB);
  return { extents, bounds };
}

import { roundDown, roundUp } from '../../domain/round.ts';
import { XFS_RESERVE } from '../../domain/xfs.ts';
import { CHUNK_BLOCKS, FREE_LIST, HEAD_BLOCKS, OWNERS, ROOT_CHUNK, ROOTS } from './constants.ts';
import { blocksOf, type Geometry } from './geometry.ts';

/** Whose a run of blocks is. */
export interface Owner {
  /** An inode, or one of `OWNERS`. */
  readonly id: number;
  /** Blocks of the inode's attributes, not of its contents. */
  readonly isAttribute?: boolean;
  /** Blocks of the tree of the inode's extents. */
  readonly isTree?: boolean;
}

/** A run of blocks of a group that somebody has. */
export interface UsedRun {
  readonly start: number;
  readonly count: number;
  readonly owner: Owner;
  /** Block of the file that it begins with. */
  readonly offset: number;
}

/** Free blocks of a group. */
export interface FreeRun {
  readonly start: number;
  readonly count: number;
}

/** Blocks that were given out, counted from the beginning of the file system. */
export interface Taken {
  readonly block: number;
  readonly count: number;
}

interface Group {
  readonly used: UsedRun[];
  readonly free: FreeRun[];
  readonly end: number;
  next: number;
}

/**
 * Gives out blocks, ascending, group after group. Each group keeps what its trees may still want: Linux sets as much
 * aside when it mounts. What does not fit is counted in `missing`.
 */
export class Space {
  readonly #geometry: Geometry;
  readonly #groups: Group[];
  #current = 0;
  #missing = 0;

  constructor(geometry: Geometry) {
    this.#geometry = geometry;
    this.#groups = Array.from({ length: geometry.groups }, (_, group) => openGroup(geometry, group));
  }

  /** Blocks that were asked for and are not there. */
  get missing(): number {
    return this.#missing;
  }

  /** Chunks of inodes: the first block of each. */
  takeChunks(count: number): number[] {
    const chunks: number[] = [];
    while (chunks.length < count) {
      const group = this.#open(CHUNK_BLOCKS);
      if (group === undefined) {
        this.#missing += (count - chunks.length) * CHUNK_BLOCKS;
        // None of it is ever written.
        return [...chunks, ...Array.from({ length: count - chunks.length }, () => 0)];
      }
      const start = roundUp(group.next, CHUNK_BLOCKS);
      if (start > group.next) group.free.push({ start: group.next, count: start - group.next });
      group.next = start;
      const fitting = roundDown(group.end - start, CHUNK_BLOCKS) / CHUNK_BLOCKS;
      const here = Math.min(fitting, count - chunks.length);
      if (here === 0) this.#current += 1;
      const { block } = this.#give(group, here * CHUNK_BLOCKS, { id: OWNERS.inodes }, 0);
      for (let at = 0; at < here; at += 1) chunks.push(block + at * CHUNK_BLOCKS);
    }
    return chunks;
  }

  /** Blocks of a file, in as few pieces as there can be; `offset` is the first one's place in the file, in blocks. */
  take(count: number, owner: Owner, offset = 0): Taken[] {
    const pieces: Taken[] = [];
    for (let left = count; left > 0; ) {
      const group = this.#open(1);
      if (group === undefined) {
        this.#missing += left;
        break;
      }
      const here = Math.min(left, group.end - group.next);
      pieces.push(this.#give(group, here, owner, offset + count - left));
      left -= here;
    }
    return pieces;
  }

  /** What is used of each group and what is free, but for what its trees take at its frontier. */
  runs(): readonly {
    readonly used: readonly UsedRun[];
    readonly free: readonly FreeRun[];
    readonly next: number;
  }[] {
    return this.#groups;
  }

  #open(least: number): Group | undefined {
    for (; this.#current < this.#groups.length; this.#current += 1) {
      const group = this.#groups[this.#current]!;
      if (group.end - group.next >= least) return group;
    }
    return undefined;
  }

  #give(group: Group, count: number, owner: Owner, offset: number): Taken {
    const start = group.next;
    const block = this.#current * this.#geometry.groupBlocks + start;
    if (count === 0) return { block, count };
    addRun(group.used, { start, count, owner, offset });
    group.next += count;
    return { block, count };
  }
}

/** Adds a run behind the others, as a part of the last one where it goes on. */
export function addRun(runs: UsedRun[], run: UsedRun): void {
  const last = runs.at(-1);
  const { start, count, owner, offset } = run;
  const follows =
    last !== undefined &&
    last.start + last.count === start &&
    last.owner.id === owner.id &&
    last.owner.isAttribute === owner.isAttribute &&
    last.owner.isTree === owner.isTree &&
    (owner.id < 0 || owner.isTree || last.offset + last.count === offset);
  if (follows) runs[runs.length - 1] = { ...last, count: last.count + count };
  else runs.push(run);
}

function openGroup(geometry: Geometry, group: number): Group {
  const used: UsedRun[] = [];
  const free: FreeRun[] = [];
  const add = (start: number, count: number, id: number) =>
    addRun(used, { start, count, owner: { id }, offset: 0 });
  add(0, 1, OWNERS.headers);
  add(ROOTS.bno, 2, OWNERS.group);
  add(ROOTS.inode, 2, OWNERS.inodeTree);
  add(ROOTS.reverse, 1, OWNERS.group);
  add(ROOTS.references, 1, OWNERS.references);
  const { log } = geometry;
  if (group === log.group) add(log.start, log.blocks, OWNERS.log);
  const list = freeListStart(geometry, group);
  add(list, FREE_LIST, OWNERS.group);
  const behind = list + FREE_LIST;
  if (group === 0) free.push({ start: behind, count: ROOT_CHUNK - behind });
  const blocks = blocksOf(geometry, group);
  return {
    ...{ used, free },
    next: group === 0 ? ROOT_CHUNK : behind,
    // Where each block has an owner of its own: 1/84 reverse mappings, 1/168 references, 1/1000 inodes.
    end: blocks - Math.ceil(blocks * XFS_RESERVE) - 64,
  };
}

/** The first of the blocks that a group's trees of free space take from. */
export function freeListStart({ log }: Geometry, group: number): number {
  return group === log.group ? log.start + log.blocks : HEAD_BLOCKS;
}

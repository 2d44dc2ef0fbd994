import { crc32cUpdate } from '../crc32c.ts';
import { BLOCK } from './constants.ts';
import type { Run, Space } from './space.ts';

/** Blocks of a file, and which of its own blocks the first of them is. */
export interface FileExtent extends Run {
  readonly logical: number;
}

const MAGIC = 0xf30a;
const HEADER = 12;
const ENTRY = 12;
const IN_INODE = 4;
const IN_BLOCK = Math.floor((BLOCK - HEADER - 4) / ENTRY);
/** The most that an extent says, but for one that was never written. */
const MAX_LENGTH = 32768;

/** A block that says where a part of a file is. */
interface TreeBlock {
  readonly block: number;
  readonly depth: number;
  readonly entries: readonly TreeEntry[];
}

type TreeEntry = FileExtent | { readonly logical: number; readonly block: number };

/** Where a file is: the tree's root, which the inode holds, and its blocks. */
export interface ExtentTree {
  /** All of them, ascending. */
  readonly extents: readonly FileExtent[];
  readonly depth: number;
  readonly root: readonly TreeEntry[];
  readonly blocks: readonly TreeBlock[];
}

const NO_BLOCKS: readonly TreeBlock[] = [];
/** Of a file that has no blocks. */
export const NO_EXTENTS: ExtentTree = { extents: [], depth: 0, root: [], blocks: NO_BLOCKS };

/** Plans the tree of a file, ascending by `logical`; blocks of the tree come from `space`. */
export function planExtents(extents: readonly FileExtent[], space: Space): ExtentTree {
  const all = splitLong(extents);
  if (all.length <= IN_INODE) return { extents: all, depth: 0, root: all, blocks: NO_BLOCKS };
  let entries: readonly TreeEntry[] = all;
  let depth = 0;
  const blocks: TreeBlock[] = [];
  while (entries.length > IN_INODE) {
    const above: TreeEntry[] = [];
    for (let at = 0; at < entries.length; at += IN_BLOCK) {
      const [{ start: block }] = space.take(1) as [Run];
      blocks.push({ block, depth, entries: entries.slice(at, at + IN_BLOCK) });
      above.push({ logical: entries[at]!.logical, block });
    }
    entries = above;
    depth += 1;
  }
  return { extents: all, depth, root: entries, blocks };
}

/** The runs of a part of a file whose first block is `logical`. */
export function extentsFrom(logical: number, runs: readonly Run[]): FileExtent[] {
  let next = logical;
  return runs.map(({ start, length }) => {
    const extent = { logical: next, start, length };
    next += length;
    return extent;
  });
}

/** Writes the root into the 60 bytes of an inode from `at`. */
export function writeRoot(bytes: Buffer, at: number, { depth, root }: ExtentTree): void {
  writeNode(bytes, at, depth, root, IN_INODE);
}

/** A block of the tree. `seed` is the inode's. */
export function encodeTreeBlock({ depth, entries }: TreeBlock, seed: number): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  writeNode(bytes, 0, depth, entries, IN_BLOCK);
  const end = HEADER + IN_BLOCK * ENTRY;
  bytes.writeUInt32LE(crc32cUpdate(seed, bytes, 0, end), end);
  return bytes;
}

function writeNode(bytes: Buffer, at: number, depth: number, entries: readonly TreeEntry[], most: number) {
  bytes.writeUInt16LE(MAGIC, at);
  bytes.writeUInt16LE(entries.length, at + 2);
  bytes.writeUInt16LE(most, at + 4);
  bytes.writeUInt16LE(depth, at + 6);
  let place = at + HEADER;
  for (const entry of entries) {
    bytes.writeUInt32LE(entry.logical, place);
    if ('start' in entry) {
      bytes.writeUInt16LE(entry.length, place + 4);
      bytes.writeUInt16LE(Math.floor(entry.start / 2 ** 32), place + 6);
      bytes.writeUInt32LE(entry.start % 2 ** 32, place + 8);
    } else {
      bytes.writeUInt32LE(entry.block % 2 ** 32, place + 4);
      bytes.writeUInt16LE(Math.floor(entry.block / 2 ** 32), place + 8);
    }
    place += ENTRY;
  }
}

function splitLong(extents: readonly FileExtent[]): readonly FileExtent[] {
  if (extents.every(({ length }) => length <= MAX_LENGTH)) return extents;
  return extents.flatMap(({ logical, start, length }) =>
    Array.from({ length: Math.ceil(length / MAX_LENGTH) }, (_, index) => {
      const from = index * MAX_LENGTH;
      return { logical: logical + from, start: start + from, length: Math.min(MAX_LENGTH, length - from) };
    }),
  );
}

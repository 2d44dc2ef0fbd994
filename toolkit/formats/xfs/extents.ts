import { writeInt64 } from './bytes.ts';
import { FORKS, MOST_EXTENT } from './constants.ts';
import { fileSystemBlock, type Geometry } from './geometry.ts';
import type { Space, Taken } from './space.ts';
import {
  encodeNode,
  shapeTree,
  type TreeContent,
  type TreeKind,
  type TreeShape,
  treeBlocks,
  writeChildren,
} from './tree.ts';

/** A run of a file; all in blocks. */
export interface FileExtent {
  /** Where in the file it begins. */
  readonly offset: number;
  /** Where in the file system. */
  readonly block: number;
  readonly count: number;
}

/** Where the blocks of a file are: a list in its inode, or a tree. */
export interface ExtentMap {
  readonly extents: readonly FileExtent[];
  readonly tree: ExtentTree | undefined;
}

interface ExtentTree {
  readonly shape: TreeShape;
  /** Blocks of the tree, leaves first. */
  readonly blocks: readonly number[];
}

export const NO_EXTENTS: ExtentMap = { extents: [], tree: undefined };

const RECORD = 16;
const KEY = 8;
const POINTER = 8;
const ROOT_HEADER = 4;
const KIND: TreeKind = { magic: 'BMA3', isLong: true, recordSize: RECORD, keySize: KEY };

/** Blocks that begin at block `offset` of a file, as extents: none longer than one can be. */
export function asExtents(taken: readonly Taken[], offset = 0): FileExtent[] {
  const extents: FileExtent[] = [];
  let next = offset;
  for (const { block, count } of taken) {
    for (let at = 0; at < count; at += MOST_EXTENT) {
      const here = Math.min(MOST_EXTENT, count - at);
      extents.push({ offset: next, block: block + at, count: here });
      next += here;
    }
  }
  return extents;
}

/** Bytes of an inode that a list of extents takes. */
export function listSize(extents: readonly FileExtent[]): number {
  return extents.length * RECORD;
}

/** Maps extents, ascending, into the `room` bytes of an inode; what does not fit makes a tree of blocks of its own. */
export function mapExtents(
  extents: readonly FileExtent[],
  room: number,
  inode: number,
  space: Space,
): ExtentMap {
  if (listSize(extents) <= room) return { extents, tree: undefined };
  const shape = shapeTree(KIND, extents.length, rootCapacity(room));
  const taken = space.take(treeBlocks(shape), { id: inode, isTree: true });
  const blocks = taken.flatMap(({ block, count }) => Array.from({ length: count }, (_, at) => block + at));
  return { extents, tree: { shape, blocks } };
}

/** Blocks that a file has, those of its tree among them. */
export function mappedBlocks({ extents, tree }: ExtentMap): number {
  return extents.reduce((sum, { count }) => sum + count, tree?.blocks.length ?? 0);
}

/** Writes what an inode has of a map, from `at`; `room` bytes are there. */
export function writeMap(
  bytes: Buffer,
  at: number,
  room: number,
  map: ExtentMap,
  inode: number,
  geometry: Geometry,
): void {
  const { extents, tree } = map;
  if (tree === undefined) {
    for (const [index, extent] of extents.entries())
      writeExtent(bytes, at + index * RECORD, extent, geometry);
    return;
  }
  const top = tree.shape.length - 1;
  const count = tree.shape[top]!.length;
  bytes.writeUInt16BE(top + 1, at);
  bytes.writeUInt16BE(count, at + 2);
  const content = treeContent(map, tree, inode, '', geometry);
  const range = { first: 0, count };
  writeChildren(bytes, at + ROOT_HEADER, rootCapacity(room), tree.shape, top, range, content);
}

/** The blocks of a map's tree and what is in them. */
export function* mapBlocks(
  map: ExtentMap,
  inode: number,
  uuid: string,
  geometry: Geometry,
): Generator<{ readonly block: number; readonly encode: () => Buffer }> {
  const { tree } = map;
  if (tree === undefined) return;
  const content = treeContent(map, tree, inode, uuid, geometry);
  for (const [level, nodes] of tree.shape.entries()) {
    for (const index of nodes.keys()) {
      const encode = (): Buffer => encodeNode(tree.shape, level, index, content);
      yield { block: content.placeOf(level, index), encode };
    }
  }
}

function rootCapacity(room: number): number {
  if (room > FORKS) throw new Error(`an inode has no ${room} bytes for a tree`);
  return Math.floor((room - ROOT_HEADER) / (KEY + POINTER));
}

function treeContent(
  { extents }: ExtentMap,
  { shape, blocks }: ExtentTree,
  owner: number,
  uuid: string,
  geometry: Geometry,
): TreeContent {
  const starts = shape.map((_, level) => shape.slice(0, level).reduce((sum, nodes) => sum + nodes.length, 0));
  const placeOf = (level: number, index: number): number => blocks[starts[level]! + index]!;
  return {
    ...{ kind: KIND, owner, uuid, placeOf },
    nameOf: (level, index) => fileSystemBlock(geometry, placeOf(level, index)),
    writeRecord: (bytes, at, record) => writeExtent(bytes, at, extents[record]!, geometry),
    writeKey: (bytes, at, first) => writeInt64(bytes, at, extents[first]!.offset),
  };
}

/** 128 bits: one that says "unwritten", 54 of the place in the file, 52 of the block, 21 of the length. */
function writeExtent(
  bytes: Buffer,
  at: number,
  { offset, block, count }: FileExtent,
  geometry: Geometry,
): void {
  const start = fileSystemBlock(geometry, block);
  const startHigh = Math.floor(start / 2 ** 43);
  writeInt64(bytes, at, offset * 2 ** 9 + startHigh);
  writeInt64(bytes, at + 8, 0);
  const startLow = start - startHigh * 2 ** 43;
  // 43 bits over 21: the upper 32 of them are the upper word.
  const upper = Math.floor(startLow / 2 ** 11);
  bytes.writeUInt32BE(upper, at + 8);
  bytes.writeUInt32BE((startLow - upper * 2 ** 11) * 2 ** 21 + count, at + 12);
}

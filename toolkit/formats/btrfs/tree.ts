import { uuidToBytes } from '../../domain/uuid.ts';
import type { PositionedBytes } from '../positioned.ts';
import { checksumOf, type Uint64, writeUint64 } from './bytes.ts';
import { GENERATION, HEADER, NODE } from './constants.ts';

export interface Key {
  readonly objectid: Uint64;
  readonly type: number;
  readonly offset: Uint64;
}

/** What a leaf holds. Items of a tree come in the order of their keys. */
export interface Item {
  readonly key: Key;
  readonly data: Uint8Array;
}

/** A node of a planned tree. */
interface TreeNode {
  readonly first: Key;
  /** Items of a leaf, or nodes below. */
  readonly count: number;
}

/** A tree whose nodes are counted and have no place yet. */
export interface TreeShape {
  /** Leaves, then the nodes above them; the last level is the root alone. */
  readonly levels: readonly (readonly TreeNode[])[];
  readonly nodes: number;
}

/** A tree with its nodes' places. */
export interface PlacedTree extends TreeShape {
  readonly owner: Uint64;
  /** Places of the nodes, level by level, ascending. */
  readonly places: readonly number[];
  readonly root: number;
}

/** UUIDs that every node has. */
export interface NodeIdentity {
  readonly uuid: string;
  readonly chunkTreeUuid: string;
}

export const ITEM = 25;
export const POINTER = 33;
const ROOM = NODE - HEADER;
const MOST_POINTERS = Math.floor(ROOM / POINTER);
/** The most bytes that one item has. */
export const MOST_DATA = ROOM - ITEM;
const WRITTEN = 1n;
const BACKREFS = 1n << 56n;

/** Fills leaves with items, of which only keys and sizes count here. */
export function shapeTree(items: Iterable<{ readonly key: Key; readonly size: number }>): TreeShape {
  const leaves: { first: Key; count: number }[] = [];
  let room = 0;
  for (const { key, size } of items) {
    if (size + ITEM > room || leaves.length === 0) {
      leaves.push({ first: key, count: 0 });
      room = ROOM;
    }
    leaves.at(-1)!.count += 1;
    room -= size + ITEM;
  }
  // A tree of nothing is a leaf of nothing.
  if (leaves.length === 0) leaves.push({ first: { objectid: 0, type: 0, offset: 0 }, count: 0 });
  const levels: (readonly TreeNode[])[] = [leaves];
  while (levels.at(-1)!.length > 1) {
    const below = levels.at(-1)!;
    const above: TreeNode[] = [];
    for (let at = 0; at < below.length; at += MOST_POINTERS) {
      above.push({ first: below[at]!.first, count: Math.min(MOST_POINTERS, below.length - at) });
    }
    levels.push(above);
  }
  return { levels, nodes: levels.reduce((sum, level) => sum + level.length, 0) };
}

/** Gives the nodes of a tree their places. */
export function placeTree(shape: TreeShape, owner: Uint64, take: () => number): PlacedTree {
  const places = Array.from({ length: shape.nodes }, take);
  return { ...shape, owner, places, root: places.at(-1)! };
}

/** All nodes of a tree with their levels, in the order of their places. */
export function* treeNodes({ levels, places }: PlacedTree): Generator<{ place: number; level: number }> {
  let next = 0;
  for (const [level, nodes] of levels.entries()) {
    for (const _ of nodes) {
      yield { place: places[next]!, level };
      next += 1;
    }
  }
}

/** The nodes' bytes, ascending. `items` are those that the tree was shaped of. */
export function* encodeTree(
  tree: PlacedTree,
  items: Iterable<Item>,
  identity: NodeIdentity,
): Generator<PositionedBytes> {
  const { levels, places } = tree;
  const source = items[Symbol.iterator]();
  let next = 0;
  for (const { count } of levels[0]!) {
    const bytes = nodeBytes(tree, places[next]!, 0, count, identity);
    let end = NODE;
    for (let index = 0; index < count; index += 1) {
      const { key, data } = source.next().value as Item;
      end -= data.length;
      bytes.set(data, end);
      const at = HEADER + index * ITEM;
      writeKey(bytes, at, key);
      bytes.writeUInt32LE(end - HEADER, at + 17);
      bytes.writeUInt32LE(data.length, at + 21);
    }
    yield sealed(bytes, places[next]!);
    next += 1;
  }
  let below = 0;
  for (const [level, nodes] of levels.entries()) {
    if (level === 0) continue;
    const children = levels[level - 1]!;
    let child = 0;
    for (const { count } of nodes) {
      const bytes = nodeBytes(tree, places[next]!, level, count, identity);
      for (let index = 0; index < count; index += 1, child += 1) {
        const at = HEADER + index * POINTER;
        writeKey(bytes, at, children[child]!.first);
        writeUint64(bytes, at + 17, places[below + child]!);
        writeUint64(bytes, at + 25, GENERATION);
      }
      yield sealed(bytes, places[next]!);
      next += 1;
    }
    below += children.length;
  }
}

export function writeKey(bytes: Buffer, at: number, { objectid, type, offset }: Key): void {
  writeUint64(bytes, at, objectid);
  bytes[at + 8] = type;
  writeUint64(bytes, at + 9, offset);
}

function nodeBytes(
  { owner }: PlacedTree,
  place: number,
  level: number,
  count: number,
  { uuid, chunkTreeUuid }: NodeIdentity,
): Buffer {
  const bytes = Buffer.alloc(NODE);
  bytes.set(uuidToBytes(uuid), 0x20);
  writeUint64(bytes, 0x30, place);
  writeUint64(bytes, 0x38, WRITTEN | BACKREFS);
  bytes.set(uuidToBytes(chunkTreeUuid), 0x40);
  writeUint64(bytes, 0x50, GENERATION);
  writeUint64(bytes, 0x58, owner);
  bytes.writeUInt32LE(count, 0x60);
  bytes[0x64] = level;
  return bytes;
}

function sealed(bytes: Buffer, offset: number): PositionedBytes {
  bytes.writeUInt32LE(checksumOf(bytes, 0x20), 0);
  return { offset, bytes };
}

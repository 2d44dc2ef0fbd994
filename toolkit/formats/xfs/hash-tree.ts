import { uuidToBytes } from '../../domain/uuid.ts';
import { seal, writeInt64 } from './bytes.ts';
import { BLOCK, SECTOR } from './constants.ts';
import { divide, type Part } from './tree.ts';

/** Names by their hashes, of a folder or of attributes: leaves, and nodes where there are several. */
export interface HashTree {
  readonly leaves: number;
  /** Nodes by level, the root last: the first of the level below, and how many. */
  readonly levels: readonly (readonly Part[])[];
  readonly blocks: number;
}

/** Whose blocks these are and where they lie. */
export interface BlockHome {
  /** Inode. */
  readonly owner: number;
  readonly uuid: string;
  /** Where the block of that number among the owner's is: in blocks from the beginning of the file system. */
  readonly placeOf: (index: number) => number;
}

export const HASH_HEADER = 64;
export const NODE_MAGIC = 0x3ebe;
const ENTRY = 8;
/** Entries of a node. */
const CAPACITY = (BLOCK - HASH_HEADER) / ENTRY;
const CHECKSUM = 12;

/** Hash of a name. Source: Linux, fs/xfs/libxfs/xfs_da_btree.c, xfs_da_hashname. */
export function hashName(name: Uint8Array): number {
  let hash = 0;
  let at = 0;
  for (; at + 4 <= name.length; at += 4) {
    const four = (name[at]! << 21) ^ (name[at + 1]! << 14) ^ (name[at + 2]! << 7) ^ name[at + 3]!;
    hash = four ^ rotate(hash, 28);
  }
  const rest = name.length - at;
  if (rest === 3) hash = (name[at]! << 14) ^ (name[at + 1]! << 7) ^ name[at + 2]! ^ rotate(hash, 21);
  else if (rest === 2) hash = (name[at]! << 7) ^ name[at + 1]! ^ rotate(hash, 14);
  else if (rest === 1) hash = name[at]! ^ rotate(hash, 7);
  return hash >>> 0;
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** Puts nodes over leaves. The root is the first block, the leaves follow, then what is between. */
export function planHashTree(leaves: number): HashTree {
  const levels: Part[][] = [];
  for (let below = leaves; below > 1; below = levels.at(-1)!.length) levels.push(divide(below, CAPACITY));
  return { leaves, levels, blocks: leaves + levels.reduce((sum, level) => sum + level.length, 0) };
}

/**
 * All blocks of a tree in their order. `base` is the number of the first among the blocks of the owner; `fill` writes
 * a leaf behind its 56 bytes of header, and returns its largest hash.
 */
export function* encodeHashTree(
  tree: HashTree,
  magic: number,
  base: number,
  home: BlockHome,
  fill: (bytes: Buffer, leaf: number) => number,
): Generator<Buffer> {
  const leafBlocks: Buffer[] = [];
  const hashes: number[][] = [[]];
  for (let leaf = 0; leaf < tree.leaves; leaf += 1) {
    const bytes = openBlock(tree, 0, leaf, magic, base, home);
    hashes[0]!.push(fill(bytes, leaf));
    leafBlocks.push(seal(bytes, CHECKSUM));
  }
  const inner: Buffer[] = [];
  for (const [index, level] of tree.levels.entries()) {
    const last: number[] = [];
    for (const [number, { first, count }] of level.entries()) {
      const bytes = openBlock(tree, index + 1, number, NODE_MAGIC, base, home);
      bytes.writeUInt16BE(count, 56);
      bytes.writeUInt16BE(index + 1, 58);
      for (let at = 0; at < count; at += 1) {
        bytes.writeUInt32BE(hashes[index]![first + at]!, HASH_HEADER + at * ENTRY);
        bytes.writeUInt32BE(base + blockOf(tree, index, first + at), HASH_HEADER + at * ENTRY + 4);
      }
      last.push(hashes[index]![first + count - 1]!);
      inner.push(seal(bytes, CHECKSUM));
    }
    hashes.push(last);
  }
  const root = inner.pop();
  if (root !== undefined) yield root;
  yield* leafBlocks;
  yield* inner;
}

/** Number of a block among those of its tree. */
function blockOf({ leaves, levels }: HashTree, level: number, index: number): number {
  if (level === levels.length) return 0;
  if (level === 0) return 1 + index;
  const before = levels.slice(0, level - 1).reduce((sum, nodes) => sum + nodes.length, leaves);
  return 1 + before + index;
}

function openBlock(
  tree: HashTree,
  level: number,
  index: number,
  magic: number,
  base: number,
  home: BlockHome,
): Buffer {
  const { owner, uuid, placeOf } = home;
  const bytes = Buffer.alloc(BLOCK);
  const width = level === 0 ? tree.leaves : tree.levels[level - 1]!.length;
  if (index + 1 < width) bytes.writeUInt32BE(base + blockOf(tree, level, index + 1), 0);
  if (index > 0) bytes.writeUInt32BE(base + blockOf(tree, level, index - 1), 4);
  bytes.writeUInt16BE(magic, 8);
  writeInt64(bytes, 16, placeOf(base + blockOf(tree, level, index)) * (BLOCK / SECTOR));
  bytes.set(uuidToBytes(uuid), 32);
  writeInt64(bytes, 48, owner);
  return bytes;
}

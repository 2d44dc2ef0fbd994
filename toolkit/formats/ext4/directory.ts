import { crc32cUpdate } from '../crc32c.ts';
import { DIRENT_TYPES } from '../modes.ts';
import { addUint32, type Seed } from './checksum.ts';
import { BLOCK } from './constants.ts';
import type { HashName } from './dirhash.ts';
import type { Name, TreeInode } from './tree.ts';

/** How the names of a directory are laid out in its blocks. */
export interface DirectoryPlan {
  readonly blocks: number;
  /** As they stand in the leaves. */
  readonly names: readonly Name[];
  /** Index of each leaf's first name. */
  readonly leaves: readonly number[];
  /** Of a directory with an index: smallest hash of each leaf, and blocks of the index below its root. */
  readonly index: { readonly hashes: readonly number[]; readonly nodes: number } | undefined;
  readonly hasChecksums: boolean;
}

/** Behind the names of a block comes its checksum, where there are any. */
const TAIL = 12;
const DOTS = 24;
/** Where the entries of an index begin: in its root, and in the blocks below. */
const ROOT_AT = 32;
const NODE_AT = 8;
const HALF_MD4 = 1;
const TAIL_TYPE = 0xde;
const NO_NAME = new Uint8Array();
const DOT_DOT = Buffer.from('..');

/**
 * Lays a directory out: one block, or an index of the names' hashes and leaves sorted by them. `least` is how
 * many blocks it has at least. Source: Linux, Documentation/filesystems/ext4/directory.rst.
 */
export function planDirectory(
  { names }: Pick<TreeInode, 'names'>,
  hashOf: HashName,
  least = 1,
  hasChecksums = true,
): DirectoryPlan {
  const most = roomOf(hasChecksums);
  const given = names ?? [];
  if (given.reduce((sum, name) => sum + lengthOf(name), DOTS) <= most) {
    return { blocks: least, names: given, leaves: [0], index: undefined, hasChecksums };
  }
  const { names: ordered, majors } = sortByHash(given, hashOf);
  const leaves: number[] = [];
  const hashes: number[] = [];
  let room = 0;
  for (const [at, name] of ordered.entries()) {
    const length = lengthOf(name);
    if (length > room) {
      const major = majors[at]!;
      // The last bit says that names of this hash are in the leaf before as well.
      hashes.push(at > 0 && majors[at - 1] === major ? major + 1 : major);
      leaves.push(at);
      room = most;
    }
    room -= length;
  }
  const isFlat = leaves.length <= mostEntries(ROOT_AT, hasChecksums);
  const nodes = isFlat ? 0 : Math.ceil(leaves.length / mostEntries(NODE_AT, hasChecksums));
  return {
    blocks: 1 + nodes + leaves.length,
    names: ordered,
    leaves,
    index: { hashes, nodes },
    hasChecksums,
  };
}

/** Names in the order of their hashes, and the larger half of each. */
function sortByHash(
  given: readonly Name[],
  hashOf: HashName,
): { readonly names: Name[]; readonly majors: Uint32Array } {
  const majors = new Uint32Array(given.length);
  const minors = new Uint32Array(given.length);
  for (const [at, { path, from }] of given.entries()) {
    const { major, minor } = hashOf(path, from);
    majors[at] = major;
    minors[at] = minor;
  }
  const order = new Uint32Array(given.length).map((_, at) => at);
  order.sort((a, b) => majors[a]! - majors[b]! || minors[a]! - minors[b]! || a - b);
  return { names: Array.from(order, (at) => given[at]!), majors: order.map((at) => majors[at]!) };
}

/** `count` blocks of a directory from its block `first`. `seed` is the inode's. */
export function encodeDirectory(
  node: TreeInode,
  plan: DirectoryPlan,
  first: number,
  count: number,
  seed: Seed,
): Buffer {
  const bytes = Buffer.alloc(count * BLOCK);
  for (let at = 0; at < count; at += 1) {
    writeBlock(bytes.subarray(at * BLOCK, (at + 1) * BLOCK), node, plan, first + at, seed);
  }
  return bytes;
}

function writeBlock(bytes: Buffer, node: TreeInode, plan: DirectoryPlan, block: number, seed: Seed): void {
  const { index } = plan;
  if (index === undefined) writeLeaf(bytes, plan, block, seed, block === 0 ? node : undefined);
  else if (block === 0) writeRoot(bytes, node, index, seed);
  else if (block > index.nodes) writeLeaf(bytes, plan, block - 1 - index.nodes, seed, undefined);
  else {
    const most = mostEntries(NODE_AT, plan.hasChecksums);
    const from = (block - 1) * most;
    writeDirent(bytes, 0, 0, 0, NO_NAME, 0, BLOCK);
    const entries = index.hashes.slice(from, from + most);
    writeEntries(bytes, NODE_AT, entries, 1 + index.nodes + from, seed);
  }
}

function writeRoot(
  bytes: Buffer,
  node: TreeInode,
  { hashes, nodes }: NonNullable<DirectoryPlan['index']>,
  seed: Seed,
): void {
  writeDots(bytes, node, BLOCK - 12);
  bytes.set([HALF_MD4, 8, nodes === 0 ? 0 : 1], 28);
  const most = mostEntries(NODE_AT, seed !== undefined);
  const entries = nodes === 0 ? hashes : hashes.filter((_, at) => at % most === 0);
  writeEntries(bytes, ROOT_AT, entries, 1, seed);
}

/** Entries of an index for blocks from `block` on, and their checksum. */
function writeEntries(bytes: Buffer, at: number, hashes: readonly number[], block: number, seed: Seed): void {
  for (const [index, hash] of hashes.entries()) {
    bytes.writeUInt32LE(hash, at + index * 8);
    bytes.writeUInt32LE(block + index, at + index * 8 + 4);
  }
  // Everything comes after the first, so that its hash is not stored.
  bytes.writeUInt16LE(mostEntries(at, seed !== undefined), at);
  bytes.writeUInt16LE(hashes.length, at + 2);
  if (seed === undefined) return;
  const crc = crc32cUpdate(seed, bytes, 0, at + hashes.length * 8);
  bytes.writeUInt32LE(addUint32(addUint32(crc, 0), 0), BLOCK - 4);
}

function writeLeaf(
  bytes: Buffer,
  { names, leaves }: DirectoryPlan,
  leaf: number,
  seed: Seed,
  dots: TreeInode | undefined,
): void {
  const room = roomOf(seed !== undefined);
  const from = leaves[leaf] ?? names.length;
  const to = leaves[leaf + 1] ?? names.length;
  let at = 0;
  if (dots !== undefined) {
    writeDots(bytes, dots, from === to ? room - 12 : 12);
    at = DOTS;
  } else if (from === to) {
    writeDirent(bytes, 0, 0, 0, NO_NAME, 0, room);
  }
  for (let index = from; index < to; index += 1) {
    const name = names[index]!;
    const { path, node } = name;
    const length = index === to - 1 ? room - at : lengthOf(name);
    writeDirent(bytes, at, node.inode, DIRENT_TYPES[node.entry.type], path, name.from, length);
    at += length;
  }
  if (seed === undefined) return;
  writeDirent(bytes, room, 0, TAIL_TYPE, NO_NAME, 0, TAIL);
  bytes.writeUInt32LE(crc32cUpdate(seed, bytes, 0, room), BLOCK - 4);
}

function writeDots(bytes: Buffer, node: TreeInode, lastLength: number): void {
  const type = DIRENT_TYPES.directory;
  writeDirent(bytes, 0, node.inode, type, DOT_DOT, 1, 12);
  const parent = (node.parent ?? node).inode;
  writeDirent(bytes, 12, parent, type, DOT_DOT, 0, lastLength);
}

/** The name is `path` from `from` on. */
function writeDirent(
  bytes: Buffer,
  at: number,
  inode: number,
  type: number,
  path: Uint8Array,
  from: number,
  length: number,
): void {
  bytes.writeUInt32LE(inode, at);
  bytes.writeUInt16LE(length, at + 4);
  bytes[at + 6] = path.length - from;
  bytes[at + 7] = type;
  for (let index = from; index < path.length; index += 1) bytes[at + 8 + index - from] = path[index]!;
}

function roomOf(hasChecksums: boolean): number {
  return hasChecksums ? BLOCK - TAIL : BLOCK;
}

/** How many entries a block of an index has room for. */
function mostEntries(at: number, hasChecksums: boolean): number {
  return (BLOCK - at - (hasChecksums ? 8 : 0)) / 8;
}

function lengthOf({ path, from }: Pick<Name, 'path' | 'from'>): number {
  return (8 + path.length - from + 3) & ~3;
}

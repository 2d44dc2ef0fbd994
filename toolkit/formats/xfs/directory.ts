import { uuidToBytes } from '../../domain/uuid.ts';
import { seal, writeInt64 } from './bytes.ts';
import { BLOCK, SECTOR } from './constants.ts';
import {
  type BlockHome,
  encodeHashTree,
  HASH_HEADER,
  type HashTree,
  hashName,
  planHashTree,
} from './hash-tree.ts';
import { split } from './tree.ts';

/** A name in a folder. */
export interface DirectoryEntry {
  readonly name: Uint8Array;
  readonly inode: number;
  /** As `DIRENT_TYPES` has it. */
  readonly type: number;
}

/**
 * Blocks of a folder that does not fit into its inode: one with everything; or names, and their hashes in leaves, of
 * which several have nodes over them and a list of the free room.
 */
export interface DirectoryShape {
  readonly data: number;
  /** Undefined where one block has everything. */
  readonly hashes: HashTree | undefined;
  readonly free: number;
}

/** Where the parts of a folder begin, in blocks of the file. */
export const LEAF_OFFSET = 2 ** 35 / BLOCK;
export const FREE_OFFSET = 2 ** 36 / BLOCK;

const DATA_HEADER = 64;
const BLOCK_TAIL = 8;
const LEAF_TAIL = 4;
const HASH = 8;
const LEAF_CAPACITY = (BLOCK - HASH_HEADER) / HASH;
const FREE_CAPACITY = (BLOCK - DATA_HEADER) / 2;
const LEAF = 0x3df1;
const LEAF_OF_NODE = 0x3dff;
const DOT = Buffer.from('.');
const DOT_DOT = Buffer.from('..');
const FOLDER = 2;
/** Where the first name stands behind `.` and `..`. */
const FIRST = DATA_HEADER + 32;

/** Bytes of an inode that a folder takes which lies in it. */
export function shortSize(names: readonly { readonly name: Uint8Array }[]): number {
  return names.reduce((sum, { name }) => sum + name.length + 8, 6);
}

export function encodeShort(parent: number, entries: readonly DirectoryEntry[]): Buffer {
  const bytes = Buffer.alloc(shortSize(entries));
  bytes[0] = entries.length;
  bytes.writeUInt32BE(parent, 2);
  let at = 6;
  let place = FIRST;
  for (const { name, inode, type } of entries) {
    bytes[at] = name.length;
    // Where it would stand in a block: what a reader has got to.
    bytes.writeUInt16BE(place, at + 1);
    bytes.set(name, at + 3);
    bytes[at + 3 + name.length] = type;
    bytes.writeUInt32BE(inode, at + 4 + name.length);
    at += 8 + name.length;
    place += entrySize(name.length);
  }
  return bytes;
}

/** Blocks of a folder with names of those lengths, `.` and `..` not among them. */
export function shapeDirectory(names: readonly { readonly name: Uint8Array }[]): DirectoryShape {
  let data = 1;
  let used = FIRST;
  for (const { name } of names) {
    const size = entrySize(name.length);
    if (used + size > BLOCK) {
      data += 1;
      used = DATA_HEADER;
    }
    used += size;
  }
  const count = names.length + 2;
  if (data === 1 && used + count * HASH + BLOCK_TAIL <= BLOCK) return { data, hashes: undefined, free: 0 };
  if (HASH_HEADER + count * HASH + data * 2 + LEAF_TAIL <= BLOCK) {
    return { data, hashes: planHashTree(1), free: 0 };
  }
  // One leaf with nodes over it would have no root of its own: there are two at least.
  const leaves = Math.max(2, Math.ceil(count / LEAF_CAPACITY));
  return { data, hashes: planHashTree(leaves), free: Math.ceil(data / FREE_CAPACITY) };
}

/** Blocks of a folder in their order: names, hashes, free room. `home` places them by their offsets in the file. */
export function* encodeDirectory(
  shape: DirectoryShape,
  parent: number,
  entries: readonly DirectoryEntry[],
  home: BlockHome,
): Generator<Buffer> {
  const { hashes, free } = shape;
  const own = [
    { name: DOT, inode: home.owner, type: FOLDER },
    { name: DOT_DOT, inode: parent, type: FOLDER },
    ...entries,
  ];
  const addresses = new BigUint64Array(own.length);
  const blocks: { readonly bytes: Buffer; readonly used: number }[] = [];
  let bytes = Buffer.alloc(BLOCK);
  let used = DATA_HEADER;
  for (const [index, { name, inode, type }] of own.entries()) {
    const size = entrySize(name.length);
    if (used + size > BLOCK) {
      blocks.push({ bytes, used });
      bytes = Buffer.alloc(BLOCK);
      used = DATA_HEADER;
    }
    writeInt64(bytes, used, inode);
    bytes[used + 8] = name.length;
    bytes.set(name, used + 9);
    bytes[used + 9 + name.length] = type;
    bytes.writeUInt16BE(used, used + size - 2);
    const address = (blocks.length * BLOCK + used) / 8;
    addresses[index] = BigInt(hashName(name)) * 2n ** 32n + BigInt(address);
    used += size;
  }
  blocks.push({ bytes, used });
  addresses.sort();
  if (hashes === undefined) {
    yield encodeOnly(blocks[0]!.bytes, used, addresses, home);
    return;
  }
  for (const [index, block] of blocks.entries()) {
    writeHeader(block.bytes, 'XDD3', index, home);
    writeFree(block.bytes, block.used, BLOCK);
    yield seal(block.bytes, 4);
  }
  const rooms = blocks.map((block) => BLOCK - block.used);
  yield* encodeHashes(hashes, addresses, rooms, home);
  for (let index = 0; index < free; index += 1) {
    const first = index * FREE_CAPACITY;
    yield encodeFree(index, rooms.slice(first, first + FREE_CAPACITY), home);
  }
}

function entrySize(nameLength: number): number {
  return (nameLength + 12 + 7) & ~7;
}

function encodeOnly(bytes: Buffer, used: number, addresses: BigUint64Array, home: BlockHome): Buffer {
  writeHeader(bytes, 'XDB3', 0, home);
  const hashes = BLOCK - BLOCK_TAIL - addresses.length * HASH;
  writeFree(bytes, used, hashes);
  for (const [index, address] of addresses.entries()) bytes.writeBigUInt64BE(address, hashes + index * HASH);
  bytes.writeUInt32BE(addresses.length, BLOCK - BLOCK_TAIL);
  return seal(bytes, 4);
}

function* encodeHashes(
  tree: HashTree,
  addresses: BigUint64Array,
  rooms: readonly number[],
  home: BlockHome,
): Generator<Buffer> {
  const isOnly = tree.leaves === 1;
  const parts = split(addresses.length, tree.leaves);
  yield* encodeHashTree(tree, isOnly ? LEAF : LEAF_OF_NODE, LEAF_OFFSET, home, (bytes, leaf) => {
    const { first, count } = parts[leaf]!;
    bytes.writeUInt16BE(count, 56);
    for (let at = 0; at < count; at += 1) {
      bytes.writeBigUInt64BE(addresses[first + at]!, HASH_HEADER + at * HASH);
    }
    if (isOnly) {
      const start = BLOCK - LEAF_TAIL - rooms.length * 2;
      for (const [index, room] of rooms.entries()) bytes.writeUInt16BE(room, start + index * 2);
      bytes.writeUInt32BE(rooms.length, BLOCK - LEAF_TAIL);
    }
    return Number(addresses[first + count - 1]! >> 32n);
  });
}

function encodeFree(index: number, rooms: readonly number[], home: BlockHome): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  writeHeader(bytes, 'XDF3', FREE_OFFSET + index, home);
  bytes.writeUInt32BE(index * FREE_CAPACITY, 48);
  bytes.writeUInt32BE(rooms.length, 52);
  bytes.writeUInt32BE(rooms.length, 56);
  for (const [at, room] of rooms.entries()) bytes.writeUInt16BE(room, DATA_HEADER + at * 2);
  return seal(bytes, 4);
}

function writeHeader(bytes: Buffer, magic: string, index: number, { owner, uuid, placeOf }: BlockHome): void {
  bytes.write(magic, 0, 'latin1');
  writeInt64(bytes, 8, placeOf(index) * (BLOCK / SECTOR));
  bytes.set(uuidToBytes(uuid), 24);
  writeInt64(bytes, 40, owner);
}

/** What is free of a block of names, and where the header says so. */
function writeFree(bytes: Buffer, from: number, to: number): void {
  if (from === to) return;
  bytes.writeUInt16BE(from, 48);
  bytes.writeUInt16BE(to - from, 50);
  bytes.writeUInt16BE(0xffff, from);
  bytes.writeUInt16BE(to - from, from + 2);
  bytes.writeUInt16BE(from, to - 2);
}

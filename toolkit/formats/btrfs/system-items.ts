import { uuidToBytes } from '../../domain/uuid.ts';
import { nameHash, type Uint64, writeTime, writeUint64 } from './bytes.ts';
import {
  CHUNK_TYPES,
  DEVICE,
  FIRST_CHUNK_TREE,
  FIRST_INODE,
  GENERATION,
  KEYS,
  NODE,
  SECTOR,
  STRIPE,
  TREES,
} from './constants.ts';
import type { Chunk } from './extents.ts';
import { emptyFolder, encodeName, encodeReference, inodeBytes } from './inode-items.ts';
import type { Item, PlacedTree } from './tree.ts';

/** What distinguishes one file system from another of the same layout. */
export interface BtrfsIdentity {
  readonly uuid: string;
  readonly deviceUuid: string;
  readonly chunkTreeUuid: string;
  /** Of what is mounted. */
  readonly subvolumeUuid: string;
  /** At most 255 bytes. */
  readonly label: string;
  /** Seconds since the epoch: when it was made. */
  readonly epoch: number;
}

const SINGLE = { count: 1, sub: 0 } as const;
const DIRECTORY = 2;
const DEFAULT = Buffer.from('default');
const DOT_DOT = Buffer.from('..');

/** The device as the chunk tree and the superblock have it. */
export function encodeDevice(size: number, chunks: readonly Chunk[], identity: BtrfsIdentity): Buffer {
  const data = Buffer.alloc(98);
  writeUint64(data, 0, DEVICE);
  writeUint64(data, 8, size);
  writeUint64(
    data,
    16,
    chunks.reduce((sum, { length }) => sum + length, 0),
  );
  data.writeUInt32LE(SECTOR, 24);
  data.writeUInt32LE(SECTOR, 28);
  data.writeUInt32LE(SECTOR, 32);
  data.set(uuidToBytes(identity.deviceUuid), 66);
  data.set(uuidToBytes(identity.uuid), 82);
  return data;
}

/** Logical addresses are those of the device. */
export function chunkItem({ start, length, type }: Chunk, identity: BtrfsIdentity): Item {
  const data = Buffer.alloc(80);
  writeUint64(data, 0, length);
  writeUint64(data, 8, TREES.extent);
  writeUint64(data, 16, STRIPE);
  writeUint64(data, 24, type);
  data.writeUInt32LE(STRIPE, 32);
  data.writeUInt32LE(STRIPE, 36);
  data.writeUInt32LE(SECTOR, 40);
  data.writeUInt16LE(SINGLE.count, 44);
  data.writeUInt16LE(SINGLE.sub, 46);
  writeUint64(data, 48, DEVICE);
  writeUint64(data, 56, start);
  data.set(uuidToBytes(identity.deviceUuid), 64);
  return { key: { objectid: FIRST_CHUNK_TREE, type: KEYS.chunk, offset: start }, data };
}

export function chunkItems(size: number, chunks: readonly Chunk[], identity: BtrfsIdentity): Item[] {
  const device = { objectid: 1, type: KEYS.device, offset: DEVICE };
  return [
    { key: device, data: encodeDevice(size, chunks, identity) },
    ...chunks.map((chunk) => chunkItem(chunk, identity)),
  ];
}

export function deviceItems(chunks: readonly Chunk[], identity: BtrfsIdentity): Item[] {
  return chunks.map(({ start, length }) => {
    const data = Buffer.alloc(48);
    writeUint64(data, 0, TREES.chunk);
    writeUint64(data, 8, FIRST_CHUNK_TREE);
    writeUint64(data, 16, start);
    writeUint64(data, 24, length);
    data.set(uuidToBytes(identity.chunkTreeUuid), 32);
    return { key: { objectid: DEVICE, type: KEYS.deviceExtent, offset: start }, data };
  });
}

/** A tree finds its subvolume by UUID. */
export function uuidItems({ subvolumeUuid }: BtrfsIdentity): Item[] {
  const uuid = uuidToBytes(subvolumeUuid);
  const data = Buffer.alloc(8);
  writeUint64(data, 0, TREES.fs);
  const key = {
    objectid: uuid.readBigUInt64LE(0),
    type: KEYS.uuidSubvolume,
    offset: uuid.readBigUInt64LE(8),
  };
  return [{ key, data }];
}

export function relocationItems({ epoch }: BtrfsIdentity): Item[] {
  return [...emptyFolder(FIRST_INODE, epoch)];
}

/** Where the other trees are. `trees` are sorted by owner, as numbers without a sign. */
export function rootItems(trees: readonly PlacedTree[], identity: BtrfsIdentity): Item[] {
  const items = (from: number, to: Uint64): Item[] =>
    trees
      .filter(({ owner }) => BigInt.asUintN(64, BigInt(owner)) >= BigInt(from))
      .filter(({ owner }) => BigInt.asUintN(64, BigInt(owner)) < BigInt.asUintN(64, BigInt(to)))
      .map((tree) => rootItem(tree, identity));
  const subvolume = { objectid: TREES.fs, type: KEYS.root, offset: -1n };
  return [
    ...items(0, TREES.fs),
    {
      key: { objectid: TREES.fs, type: KEYS.inodeRef, offset: TREES.rootFolder },
      data: encodeReference(0, DEFAULT),
    },
    ...items(TREES.fs, TREES.rootFolder),
    ...rootFolder(identity.epoch),
    {
      key: { objectid: TREES.rootFolder, type: KEYS.dirItem, offset: nameHash(DEFAULT) },
      data: encodeName(subvolume, DIRECTORY, DEFAULT),
    },
    ...items(TREES.rootFolder + 1, -1n),
  ];
}

function rootFolder(time: number): Item[] {
  const objectid = TREES.rootFolder;
  const data = inodeBytes({ size: 0, bytes: NODE, links: 1, mode: 0o040755, time, changed: time });
  return [
    { key: { objectid, type: KEYS.inode, offset: 0 }, data },
    { key: { objectid, type: KEYS.inodeRef, offset: objectid }, data: encodeReference(0, DOT_DOT) },
  ];
}

function rootItem({ owner, root, nodes, levels }: PlacedTree, { subvolumeUuid, epoch }: BtrfsIdentity): Item {
  const data = Buffer.alloc(439);
  const hasFolder = owner === TREES.fs || owner === TREES.relocation;
  inodeBytes({ size: 3, bytes: NODE, links: 1, mode: 0o040755, time: 0, changed: 0 }).copy(data);
  writeUint64(data, 160, GENERATION);
  writeUint64(data, 168, hasFolder ? FIRST_INODE : 0);
  writeUint64(data, 176, root);
  writeUint64(data, 192, nodes * NODE);
  data.writeUInt32LE(1, 216);
  data[238] = levels.length - 1;
  writeUint64(data, 239, GENERATION);
  if (owner === TREES.fs) {
    data.set(uuidToBytes(subvolumeUuid), 247);
    writeTime(data, 327, epoch);
    writeTime(data, 339, epoch);
  }
  return { key: { objectid: owner, type: KEYS.root, offset: 0 }, data };
}

export function blockGroupItem({ start, length, type, used }: Chunk): Item {
  const data = Buffer.alloc(24);
  writeUint64(data, 0, used);
  writeUint64(data, 8, FIRST_CHUNK_TREE);
  writeUint64(data, 16, type);
  return { key: { objectid: start, type: KEYS.blockGroup, offset: length }, data };
}

/** A run of one file. */
export function dataExtentItem(start: number, length: number, inode: number, offset: number): Item {
  const data = Buffer.alloc(53);
  writeUint64(data, 0, 1);
  writeUint64(data, 8, GENERATION);
  writeUint64(data, 16, CHUNK_TYPES.data);
  data[24] = KEYS.extentDataRef;
  writeUint64(data, 25, TREES.fs);
  writeUint64(data, 33, inode);
  writeUint64(data, 41, offset);
  data.writeUInt32LE(1, 49);
  return { key: { objectid: start, type: KEYS.extent, offset: length }, data };
}

/** A node of a tree. */
export function nodeItem(place: number, level: number, owner: Uint64): Item {
  const data = Buffer.alloc(33);
  writeUint64(data, 0, 1);
  writeUint64(data, 8, GENERATION);
  writeUint64(data, 16, 2);
  data[24] = KEYS.treeBlockRef;
  writeUint64(data, 25, owner);
  return { key: { objectid: place, type: KEYS.metadata, offset: level }, data };
}

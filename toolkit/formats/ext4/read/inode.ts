import type { DeviceNumbers } from '../../../domain/manifest.ts';
import { crc32cUpdate } from '../../crc32c.ts';
import { decodeDevice } from '../../device-number.ts';
import type { FeatureNames } from '../../feature-names.ts';
import type { InodeFacts } from '../../file-of-inode.ts';
import { Kept } from '../../kept.ts';
import { inodeSeed } from '../checksum.ts';
import { INODE_FLAGS } from '../constants.ts';
import { INODE_BLOCK, INODE_BLOCK_SIZE } from '../inode.ts';
import { damaged, unsupported } from './errors.ts';
import type { Volume } from './volume.ts';

/** An inode as it is on the disk, taken apart. */
export interface ReadInode extends InodeFacts {
  readonly flags: number;
  /** Block of extended attributes, or 0. */
  readonly xattrBlock: number;
  /** The 60 bytes that say where the content is, or are it. */
  readonly block: Buffer;
  /** What follows the fields; empty in an inode of 128 bytes. */
  readonly rest: Buffer;
  /** What the checksums of its directory and extent blocks begin with. */
  readonly seed: number | undefined;
}

/** Finds inodes by their numbers. Throws `EXT4_DAMAGED` and `EXT4_UNSUPPORTED`. */
export type InodeReader = (inode: number) => Promise<ReadInode>;

const GENERATION = 0x64;
const CHECKSUM = { low: 0x7c, high: 0x82 } as const;
/** Bytes of a table that are read at once, and how many such pieces are kept. */
const WINDOW = 32 * 1024;
const KEPT = 512;
const OTHER_FLAGS: FeatureNames = [
  [0x4, 'compressed'],
  [0x800, 'encrypted'],
  [0x200000, 'ea_inode'],
  [0x10000000, 'inline_data'],
];

export function inodeReader(volume: Volume): InodeReader {
  const { blockSize, inodeSize, inodesPerGroup } = volume;
  const step = Math.max(1, Math.floor(WINDOW / blockSize));
  const tableBlocks = Math.ceil((inodesPerGroup * inodeSize) / blockSize);
  const windows = new Kept<number, Buffer>(KEPT);
  const window = async (table: number, index: number): Promise<Buffer> => {
    const first = table + index * step;
    const count = Math.min(step, tableBlocks - index * step);
    return await windows.get(first, async () => await volume.readBlocks(first, count));
  };
  return async (inode) => {
    const group = Math.floor((inode - 1) / inodesPerGroup);
    const table = inode >= 1 && inode <= volume.inodes ? volume.inodeTables[group] : undefined;
    if (table === undefined) throw damaged(`inode ${inode} is not in use`);
    const at = ((inode - 1) % inodesPerGroup) * inodeSize;
    const bytes = await window(table, Math.floor(at / (step * blockSize)));
    const from = at % (step * blockSize);
    return parseInode(bytes.subarray(from, from + inodeSize), inode, volume.seed);
  };
}

function parseInode(bytes: Buffer, inode: number, fileSystem: number | undefined): ReadInode {
  const hasMore = bytes.length > 128;
  const extra = hasMore ? bytes.readUInt16LE(0x80) : 0;
  if (extra % 4 !== 0 || 128 + extra > bytes.length)
    throw damaged(`inode ${inode} has fields of ${extra} bytes`);
  const seed =
    fileSystem === undefined ? undefined : inodeSeed(fileSystem, inode, bytes.readUInt32LE(GENERATION));
  if (seed !== undefined) checkInode(bytes, inode, seed, extra);
  const flags = bytes.readUInt32LE(0x20);
  const other = OTHER_FLAGS.find(([bit]) => (flags & bit) !== 0);
  if (other !== undefined) throw unsupported(`inode ${inode} is ${other[1]}, which is not read`);
  const high = (at: number) => bytes.readUInt16LE(at) * 2 ** 16;
  const size = bytes.readUInt32LE(0x04) + bytes.readUInt32LE(0x6c) * 2 ** 32;
  if (!Number.isSafeInteger(size)) throw damaged(`inode ${inode} has a size of ${size} bytes`);
  return {
    inode,
    mode: bytes.readUInt16LE(0x00),
    uid: bytes.readUInt16LE(0x02) + high(0x78),
    gid: bytes.readUInt16LE(0x18) + high(0x7a),
    size,
    links: bytes.readUInt16LE(0x1a),
    flags,
    mtime: readTime(bytes.readInt32LE(0x10), extra >= 12 ? bytes.readUInt32LE(0x88) : 0),
    xattrBlock: bytes.readUInt32LE(0x68) + bytes.readUInt16LE(0x76) * 2 ** 32,
    block: bytes.subarray(INODE_BLOCK, INODE_BLOCK + INODE_BLOCK_SIZE),
    rest: bytes.subarray(128 + extra),
    seed,
  };
}

function checkInode(bytes: Buffer, inode: number, seed: number, extra: number): void {
  const copy = Buffer.from(bytes);
  const hasHigh = extra >= 4;
  copy.writeUInt16LE(0, CHECKSUM.low);
  if (hasHigh) copy.writeUInt16LE(0, CHECKSUM.high);
  const crc = crc32cUpdate(seed, copy);
  const isSame =
    (crc & 0xffff) === bytes.readUInt16LE(CHECKSUM.low) &&
    (!hasHigh || crc >>> 16 === bytes.readUInt16LE(CHECKSUM.high));
  if (!isSame) throw damaged(`inode ${inode} has another checksum`);
}

function readTime(low: number, extra: number): number {
  return low + (extra & 3) * 2 ** 32 + (extra >>> 2) / 1e9;
}

/** Numbers of a device, in the old form or the new one. Source: Linux, include/linux/kdev_t.h. */
export function readDevice({ block }: ReadInode): DeviceNumbers {
  const old = block.readUInt32LE(0);
  return decodeDevice(old === 0 ? block.readUInt32LE(4) : old & 0xffff);
}

/** Whether its content is named by extents, and not by the older lists of blocks. */
export function hasExtents({ flags }: ReadInode): boolean {
  return (flags & INODE_FLAGS.extents) !== 0;
}

/** Whether a directory has an index of its names. */
export function hasIndex({ flags }: ReadInode): boolean {
  return (flags & INODE_FLAGS.index) !== 0;
}

import type { ManifestEntry } from '../../domain/manifest.ts';
import { uuidToBytes } from '../../domain/uuid.ts';
import { crc32c } from '../crc32c.ts';
import { seal, writeInt64 } from './bytes.ts';
import { INODE, NONE32 } from './constants.ts';
import { treeError } from './errors.ts';

/** Ways to hold a fork. */
export const FORMATS = { device: 0, local: 1, extents: 2, tree: 3 } as const;

/** What an inode says. Times are in seconds since the epoch and may have fractions. */
export interface InodeFields {
  /** With the type. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
  readonly size: number;
  /** Blocks of both forks and their trees. */
  readonly blocks: number;
  readonly mtime: number;
  /** Of everything but the content. */
  readonly changed: number;
  readonly format: number;
  /** Extents of the content. */
  readonly extents: number;
  /** Where the attributes begin, counted from the forks; 0 where there are none. */
  readonly attributesAt: number;
  readonly attributeFormat: number;
  readonly attributeExtents: number;
  readonly flags?: number;
}

/** Times in nanoseconds; counters of extents with more bits. */
export const FLAGS2 = { bigTime: 0x8, manyExtents: 0x10 } as const;
export const CHECKSUM = 100;
/** Times are counted in nanoseconds from the first that 32 bits could say. */
export const FIRST_SECOND = -(2 ** 31);
const LAST_SECOND = 2 ** 34 - 2 ** 31;
export const BILLION = 1_000_000_000n;

/** An inode as it is on the disk; `fill` writes the forks, which begin at `INODE_CORE`. */
export function encodeInode(
  inode: number,
  fields: InodeFields,
  uuid: string,
  fill: (bytes: Buffer) => void,
): Buffer {
  const bytes = openInode(inode, uuid);
  bytes.writeUInt16BE(fields.mode, 2);
  bytes[5] = fields.format;
  bytes.writeUInt32BE(fields.uid, 8);
  bytes.writeUInt32BE(fields.gid, 12);
  bytes.writeUInt32BE(fields.links, 16);
  writeInt64(bytes, 24, fields.extents);
  writeTime(bytes, 32, fields.mtime);
  writeTime(bytes, 40, fields.mtime);
  writeTime(bytes, 48, fields.changed);
  writeInt64(bytes, 56, fields.size);
  writeInt64(bytes, 64, fields.blocks);
  bytes.writeUInt32BE(fields.attributeExtents, 76);
  bytes[82] = fields.attributesAt / 8;
  bytes[83] = fields.attributeFormat;
  bytes.writeUInt16BE(fields.flags ?? 0, 90);
  writeInt64(bytes, 104, 1);
  writeInt64(bytes, 120, FLAGS2.bigTime | FLAGS2.manyExtents);
  writeTime(bytes, 144, fields.changed);
  fill(bytes);
  return seal(bytes, CHECKSUM);
}

/** An inode of a chunk that nobody has yet. */
export function encodeFreeInode(inode: number, uuid: string): Buffer {
  return seal(openInode(inode, uuid), CHECKSUM);
}

/** The bytes of a device's numbers. Throws `XFS_TREE` for those that are too large: 14 bits and 18. */
export function deviceNumber({ path, device }: ManifestEntry): number {
  const { major, minor } = device ?? { major: 0, minor: 0 };
  if (major >= 0 && major < 2 ** 14 && minor >= 0 && minor < 2 ** 18) return major * 2 ** 18 + minor;
  throw treeError(path, `is a device whose numbers are ${major}:${minor}`);
}

/** Throws `XFS_TREE` for a time that cannot be told. */
export function checkTime({ path, mtime }: ManifestEntry): void {
  if (mtime >= FIRST_SECOND && mtime < LAST_SECOND) return;
  throw treeError(path, `is of the time ${mtime}, which XFS cannot hold`);
}

function openInode(inode: number, uuid: string): Buffer {
  const bytes = Buffer.alloc(INODE);
  bytes.write('IN', 0, 'latin1');
  bytes[4] = 3;
  bytes.writeUInt32BE(NONE32, 96);
  writeInt64(bytes, 152, inode);
  const own = uuidToBytes(uuid);
  bytes.set(own, 160);
  // Those who know a file by its number alone, as NFS does, tell by it a file from another of the same number.
  bytes.writeUInt32BE(crc32c(bytes.subarray(152, 176)), 92);
  return bytes;
}

function writeTime(bytes: Buffer, at: number, time: number): void {
  const seconds = Math.floor(time);
  const part = Math.min(Math.round((time - seconds) * 1e9), 999_999_999);
  bytes.writeBigUInt64BE(BigInt(seconds - FIRST_SECOND) * BILLION + BigInt(part), at);
}

import { crc32cUpdate } from '../crc32c.ts';
import { inodeSeed, type Seed } from './checksum.ts';
import { BLOCK, EXTRA_INODE_SIZE, INODE_SIZE } from './constants.ts';

/** What an inode says. Times are in seconds since the epoch and may have fractions. */
export interface InodeFields {
  /** With the type. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly links: number;
  /** Blocks that it takes, those that say where the others are included. */
  readonly blocks: number;
  readonly flags: number;
  readonly mtime: number;
  /** Of everything but the content. */
  readonly changed: number;
  /** Block of extended attributes, or 0. */
  readonly xattrBlock: number;
  /** What follows the fields. */
  readonly xattrs: Uint8Array;
}

/** Where the 60 bytes are that say where the content is, or are the content. */
export const INODE_BLOCK = 0x28;
export const INODE_BLOCK_SIZE = 60;
const CHECKSUM = { low: 0x7c, high: 0x82 } as const;

/**
 * Writes an inode into 256 zeros of a table from `at`; `fill` writes what its type has at `INODE_BLOCK`. `seed` is
 * the file system's. Source: Linux, Documentation/filesystems/ext4/inodes.rst.
 */
export function writeInode(
  table: Buffer,
  at: number,
  inode: number,
  fields: InodeFields,
  seed: Seed,
  fill: (bytes: Buffer, at: number) => void,
): void {
  const { uid, gid, size, blocks, xattrBlock, mtime, changed } = fields;
  table.writeUInt16LE(fields.mode, at);
  table.writeUInt16LE(uid & 0xffff, at + 0x02);
  table.writeUInt16LE(gid & 0xffff, at + 0x18);
  table.writeUInt16LE(uid >>> 16, at + 0x78);
  table.writeUInt16LE(gid >>> 16, at + 0x7a);
  table.writeUInt32LE(size % 2 ** 32, at + 0x04);
  table.writeUInt32LE(Math.floor(size / 2 ** 32), at + 0x6c);
  table.writeUInt16LE(fields.links, at + 0x1a);
  const sectors = blocks * (BLOCK / 512);
  table.writeUInt32LE(sectors % 2 ** 32, at + 0x1c);
  table.writeUInt16LE(Math.floor(sectors / 2 ** 32), at + 0x74);
  table.writeUInt32LE(fields.flags, at + 0x20);
  table.writeUInt32LE(xattrBlock % 2 ** 32, at + 0x68);
  table.writeUInt16LE(Math.floor(xattrBlock / 2 ** 32), at + 0x76);
  table.writeUInt16LE(EXTRA_INODE_SIZE, at + 0x80);
  writeTime(table, at + 0x08, at + 0x8c, mtime);
  writeTime(table, at + 0x0c, at + 0x84, changed);
  writeTime(table, at + 0x10, at + 0x88, mtime);
  writeTime(table, at + 0x90, at + 0x94, changed);
  fill(table, at + INODE_BLOCK);
  table.set(fields.xattrs, at + 128 + EXTRA_INODE_SIZE);
  const own = inodeSeed(seed, inode);
  if (own === undefined) return;
  const crc = crc32cUpdate(own, table, at, at + INODE_SIZE);
  table.writeUInt16LE(crc & 0xffff, at + CHECKSUM.low);
  table.writeUInt16LE(crc >>> 16, at + CHECKSUM.high);
}

/** 32 bits of seconds, signed; two more above them, and 30 of nanoseconds, are elsewhere. */
function writeTime(bytes: Buffer, at: number, extra: number, time: number): void {
  const seconds = Math.floor(time);
  const nanoseconds = Math.min(Math.round((time - seconds) * 1e9), 999_999_999);
  const low = seconds | 0;
  bytes.writeInt32LE(low, at);
  const epoch = ((seconds - low) / 2 ** 32) & 3;
  bytes.writeUInt32LE(((nanoseconds << 2) | epoch) >>> 0, extra);
}

/** Numbers of a device, in the old form where they fit it. Source: Linux, include/linux/kdev_t.h. */
export function writeDevice(bytes: Buffer, at: number, major: number, minor: number): void {
  if (major < 256 && minor < 256) bytes.writeUInt32LE((major << 8) | minor, at);
  else bytes.writeUInt32LE(((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0, at + 4);
}

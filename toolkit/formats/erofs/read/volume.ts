import { untilNul } from '../../../domain/text.ts';
import { uuidFromBytes } from '../../../domain/uuid.ts';
import { crc32cUpdate } from '../../crc32c.ts';
import { type FeatureNames, featureText } from '../../feature-names.ts';
import { Kept } from '../../kept.ts';
import { type ByteSource, readExactly, readWithin } from '../../source.ts';
import { damaged, unsupported } from './errors.ts';

/** A file system whose superblock was read. Places are bytes from its beginning. */
export interface Volume {
  readonly uuid: string;
  readonly label: string;
  readonly blockSize: number;
  /** Of all that is used. */
  readonly size: number;
  /** Number of the inode of the root directory. */
  readonly root: number;
  /** Where inodes and shared extended attributes begin. */
  readonly metadata: number;
  readonly sharedXattrs: number;
  /** Of inodes that have no time of their own; seconds since the epoch. */
  readonly mtime: number;
  /** Throws `EROFS_DAMAGED` for what is not there. */
  readonly read: (offset: number, length: number) => Promise<Buffer>;
}

const SUPERBLOCK_AT = 1024;
const SUPERBLOCK = 128;
const MAGIC = 0xe0f5e1e2;
const HAS_CHECKSUM = 1;
/** Packed blocks end with their partition's block, compression has parameters. */
const READABLE = 0x3;
const OTHER_FEATURES: FeatureNames = [
  [0x4, 'chunked_file'],
  [0x8, 'device_table'],
  [0x10, 'ztailpacking'],
  [0x20, 'fragments'],
  [0x40, 'xattr_prefixes'],
  [0x80, '48bit'],
  [0x100, 'metabox'],
];
/** Bytes that are read at once where inodes and names lie, and how many such pieces are kept. */
const WINDOW = 64 * 1024;
const KEPT = 64;

/**
 * Reads the superblock of the erofs that begins `start` bytes into a source. Throws `EROFS_DAMAGED`, and
 * `EROFS_UNSUPPORTED` with the names of features. Source: Linux, fs/erofs/erofs_fs.h.
 */
export async function readVolume(source: ByteSource, start: number): Promise<Volume> {
  const from = async (offset: number, length: number) =>
    await readExactly(source, start + offset, length, 'erofs', 'EROFS_DAMAGED');
  const bytes = await from(SUPERBLOCK_AT, SUPERBLOCK);
  if (bytes.readUInt32LE(0) !== MAGIC) throw damaged('there is no superblock');
  checkFeatures(bytes.readUInt32LE(80));
  const bits = bytes[12]!;
  if (bits < 9 || bits > 16) throw damaged(`the size of its blocks is 2^${bits}`);
  const blockSize = 2 ** bits;
  if ((bytes.readUInt32LE(8) & HAS_CHECKSUM) !== 0) {
    const end = blockSize > SUPERBLOCK_AT ? blockSize : SUPERBLOCK_AT + blockSize;
    checkSuperblock(await from(SUPERBLOCK_AT, end - SUPERBLOCK_AT));
  }
  const size = bytes.readUInt32LE(36) * blockSize;
  return {
    uuid: uuidFromBytes(bytes.subarray(48, 64)),
    label: untilNul(bytes.subarray(64, 80).toString('latin1')),
    ...{ blockSize, size, root: bytes.readUInt16LE(14), mtime: Number(bytes.readBigUInt64LE(24)) },
    metadata: bytes.readUInt32LE(40) * blockSize,
    sharedXattrs: bytes.readUInt32LE(44) * blockSize,
    read: windowed(readWithin(from, size, damaged), size),
  };
}

/** Inodes are small and lie beside each other. */
function windowed(read: Volume['read'], size: number): Volume['read'] {
  const windows = new Kept<number, Buffer>(KEPT);
  return async (offset, length) => {
    const index = Math.floor(offset / WINDOW);
    const begin = index * WINDOW;
    const end = Math.min(begin + WINDOW, size);
    if (offset + length > end) return await read(offset, length);
    const window = await windows.get(index, async () => await read(begin, end - begin));
    return window.subarray(offset - begin, offset - begin + length);
  };
}

function checkFeatures(features: number): void {
  const unread = features & ~READABLE;
  if (unread !== 0) throw unsupported(`its feature ${featureText(unread, OTHER_FEATURES)} is not read`);
}

function checkSuperblock(bytes: Buffer): void {
  const copy = Buffer.from(bytes);
  copy.writeUInt32LE(0, 4);
  if (crc32cUpdate(0xffffffff, copy) !== bytes.readUInt32LE(4)) {
    throw damaged('its superblock has another checksum');
  }
}

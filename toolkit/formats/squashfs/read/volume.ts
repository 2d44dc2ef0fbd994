import { type ByteSource, readExactly, readWithin } from '../../source.ts';
import { damaged, unsupported } from './errors.ts';
import { type Unpack, unpackerOf } from './unpack.ts';

/** A file system whose superblock was read. Places are bytes from its beginning. */
export interface Volume {
  /** Of the blocks of files, at most. */
  readonly blockSize: number;
  /** Of all that is used. */
  readonly size: number;
  /** Inode of the root directory: the place of its block, and where it begins in what is unpacked. */
  readonly root: number;
  readonly fragments: number;
  readonly ids: number;
  readonly tables: {
    readonly ids: number;
    /** Undefined: nothing has extended attributes. */
    readonly xattrs: number | undefined;
    readonly inodes: number;
    readonly directories: number;
    readonly fragments: number;
  };
  /** Throws `SQUASHFS_DAMAGED` for what is not there. */
  readonly read: (offset: number, length: number) => Promise<Buffer>;
  readonly unpack: Unpack;
}

const MAGIC = 'hsqs';
const SUPERBLOCK = 96;
const LEAST_BLOCK = 4096;
const MOST_BLOCK = 1 << 20;
const NOWHERE = 0xffff_ffff_ffff_ffffn;

/**
 * Reads the superblock of the squashfs that begins `start` bytes into a source. Throws `SQUASHFS_DAMAGED`, and
 * `SQUASHFS_UNSUPPORTED` for an older form or another compressor. Source: Linux, fs/squashfs/squashfs_fs.h.
 */
export async function readVolume(source: ByteSource, start: number): Promise<Volume> {
  const from = async (offset: number, length: number) =>
    await readExactly(source, start + offset, length, 'squashfs', 'SQUASHFS_DAMAGED');
  const bytes = await from(0, SUPERBLOCK);
  if (bytes.toString('latin1', 0, 4) !== MAGIC) throw damaged('there is no superblock');
  const major = bytes.readUInt16LE(28);
  if (major !== 4) throw unsupported(`its form is ${major}.${bytes.readUInt16LE(30)}, and 4.0 is read`);
  const blockSize = bytes.readUInt32LE(12);
  const size = placeAt(bytes, 40);
  const isWhole =
    blockSize === 2 ** bytes.readUInt16LE(22) && blockSize >= LEAST_BLOCK && blockSize <= MOST_BLOCK;
  if (!isWhole || size === undefined || size < SUPERBLOCK) {
    throw damaged('the numbers in its superblock cannot be');
  }
  const table = (at: number): number => {
    const place = placeAt(bytes, at);
    if (place !== undefined && place >= SUPERBLOCK && place <= size) return place;
    throw damaged('a table is behind its end');
  };
  const fragments = bytes.readUInt32LE(16);
  return {
    ...{ blockSize, size, fragments, ids: bytes.readUInt16LE(26) },
    root: inodePlace(bytes.readBigUInt64LE(32)),
    tables: {
      ids: table(48),
      xattrs: placeAt(bytes, 56) === undefined ? undefined : table(56),
      inodes: table(64),
      directories: table(72),
      fragments: fragments === 0 ? 0 : table(80),
    },
    unpack: unpackerOf(bytes.readUInt16LE(20)),
    read: readWithin(from, size, damaged),
  };
}

/** Where a block and a byte in it are, in one number: 65536 of them for each byte of the table. */
export function inodePlace(reference: bigint): number {
  if (reference <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(reference);
  throw damaged(`there is no inode ${reference}`);
}

function placeAt(bytes: Buffer, at: number): number | undefined {
  const place = bytes.readBigUInt64LE(at);
  if (place === NOWHERE) return undefined;
  if (place > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged('the numbers in its superblock cannot be');
  return Number(place);
}

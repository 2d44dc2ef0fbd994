import { uuidToBytes } from '../../domain/uuid.ts';
import { crc32cUpdate } from '../crc32c.ts';

/** What checksums begin with; undefined where a file system has none. */
export type Seed = number | undefined;

const scratch = Buffer.alloc(8);

/** What all checksums of a file system but the superblock's begin with. */
export function fileSystemSeed(uuid: string): number {
  return crc32cUpdate(0xffffffff, uuidToBytes(uuid));
}

/** What the checksums of an inode and of its directory and extent blocks begin with. */
export function inodeSeed(seed: Seed, inode: number, generation = 0): Seed {
  return seed === undefined ? undefined : addUint32(addUint32(seed, inode), generation);
}

/** Takes a number into a checksum, as 4 bytes. */
export function addUint32(crc: number, value: number): number {
  scratch.writeUInt32LE(value, 0);
  return crc32cUpdate(crc, scratch, 0, 4);
}

/** Takes a number into a checksum, as 8 bytes. */
export function addUint64(crc: number, value: number): number {
  writeUint64(scratch, 0, value);
  return crc32cUpdate(crc, scratch, 0, 8);
}

/** Writes a whole number below 2^53. */
export function writeUint64(bytes: Buffer, at: number, value: number): void {
  bytes.writeUInt32LE(value % 2 ** 32, at);
  bytes.writeUInt32LE(Math.floor(value / 2 ** 32), at + 4);
}

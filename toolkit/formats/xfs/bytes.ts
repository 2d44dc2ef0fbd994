import { crc32c, crc32cUpdate } from '../crc32c.ts';

/** A whole number of 64 bits, big-endian; a negative one counts from the end. */
export function writeInt64(bytes: Buffer, at: number, value: number): void {
  const high = Math.floor(value / 2 ** 32);
  bytes.writeInt32BE(high | 0, at);
  bytes.writeUInt32BE(value - high * 2 ** 32, at + 4);
}

/** A whole number of 64 bits, big-endian and without a sign; exact up to 2^53. */
export function readUint64(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}

/** Puts the checksum of a whole block to `at`, where it has zeros. */
export function seal(bytes: Buffer, at: number): Buffer {
  bytes.writeUInt32LE(crc32c(bytes), at);
  return bytes;
}

const NOTHING = Buffer.alloc(4);

/** Whether the checksum at `at` is that of the block. */
export function isSealed(bytes: Buffer, at: number): boolean {
  const before = crc32cUpdate(0xffffffff, bytes, 0, at);
  const crc = crc32cUpdate(crc32cUpdate(before, NOTHING), bytes, at + 4);
  return ~crc >>> 0 === bytes.readUInt32LE(at);
}

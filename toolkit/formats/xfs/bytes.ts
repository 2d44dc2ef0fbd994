import { crc32c } from '../crc32c.ts';

/** A whole number of 64 bits, big-endian; a negative one counts from the end. */
export function writeInt64(bytes: Buffer, at: number, value: number): void {
  const high = Math.floor(value / 2 ** 32);
  bytes.writeInt32BE(high | 0, at);
  bytes.writeUInt32BE(value - high * 2 ** 32, at + 4);
}

/** Puts the checksum of a whole block to `at`, where it has zeros. */
export function seal(bytes: Buffer, at: number): Buffer {
  bytes.writeUInt32LE(crc32c(bytes), at);
  return bytes;
}

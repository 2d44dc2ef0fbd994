import { crc32cUpdate } from '../crc32c.ts';

/** A whole number of 64 bits; negative ones count from the end. */
export type Uint64 = number | bigint;

export function writeUint64(bytes: Buffer, at: number, value: Uint64): void {
  if (typeof value === 'bigint') bytes.writeBigUInt64LE(BigInt.asUintN(64, value), at);
  else {
    bytes.writeUInt32LE(value % 2 ** 32, at);
    bytes.writeUInt32LE(Math.floor(value / 2 ** 32), at + 4);
  }
}

/** A whole number of 64 bits without a sign; exact up to 2^53. */
export function readUint64(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at + 4) * 2 ** 32 + bytes.readUInt32LE(at);
}

/** Seconds since the epoch, with a fraction, in 12 bytes. */
export function writeTime(bytes: Buffer, at: number, time: number): void {
  const seconds = Math.floor(time);
  bytes.writeBigInt64LE(BigInt(seconds), at);
  bytes.writeUInt32LE(Math.min(Math.round((time - seconds) * 1e9), 999_999_999), at + 8);
}

export function readTime(bytes: Buffer, at: number): number {
  return Number(bytes.readBigInt64LE(at)) + bytes.readUInt32LE(at + 8) / 1e9;
}

/** CRC32C as it stands on the disk. */
export function checksumOf(bytes: Uint8Array, from = 0, to = bytes.length): number {
  return ~crc32cUpdate(0xffffffff, bytes, from, to) >>> 0;
}

/** What keys have of the name of a file or of an extended attribute. */
export function nameHash(name: Uint8Array): number {
  return crc32cUpdate(0xfffffffe, name) >>> 0;
}

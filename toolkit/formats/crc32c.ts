const tables = makeTables();

/** CRC-32C (Castagnoli, polynomial 0x1EDC6F41, reflected) as VHDX uses it. Source: RFC 3720, 12.1. */
export function crc32c(bytes: Uint8Array): number {
  return ~crc32cUpdate(0xffffffff, bytes) >>> 0;
}

/**
 * Takes bytes from `start` up to `end` into the register of a CRC-32C, with no inversion before or after: how
 * ext4 chains its checksums. Returns 32 bits, unsigned.
 */
export function crc32cUpdate(state: number, bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = state | 0;
  let at = start;
  // Eight bytes a step, each looked up in a table of its own ("slicing by 8").
  for (; at + 8 <= end; at += 8) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc =
      tables[1792 + (crc & 0xff)]! ^
      tables[1536 + ((crc >>> 8) & 0xff)]! ^
      tables[1280 + ((crc >>> 16) & 0xff)]! ^
      tables[1024 + (crc >>> 24)]! ^
      tables[768 + bytes[at + 4]!]! ^
      tables[512 + bytes[at + 5]!]! ^
      tables[256 + bytes[at + 6]!]! ^
      tables[bytes[at + 7]!]!;
  }
  for (; at < end; at += 1) crc = (crc >>> 8) ^ tables[(crc ^ bytes[at]!) & 0xff]!;
  return crc >>> 0;
}

/** Table `n` (256 entries from `n * 256`) says what a byte does that `n` bytes follow. */
function makeTables(): Int32Array {
  const entries = new Int32Array(8 * 256);
  for (let index = 0; index < 256; index += 1) {
    let value = index;
    for (let bit = 0; bit < 8; bit += 1) {
      value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
    }
    entries[index] = value;
  }
  for (let index = 256; index < entries.length; index += 1) {
    const before = entries[index - 256]!;
    entries[index] = (before >>> 8) ^ entries[before & 0xff]!;
  }
  return entries;
}

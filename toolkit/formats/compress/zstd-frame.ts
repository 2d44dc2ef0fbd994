const MAGIC = 0xfd2fb528;
/** Bytes of the number of a dictionary, and of the size of the content, by what the descriptor says. */
const DICTIONARY = [0, 1, 2, 4];
const CONTENT = [0, 2, 4, 8];
const REPEATED = 1;

/**
 * The Zstandard frame that bytes begin with, without what is behind it. Throws `RangeError` where it is cut short, and
 * `Error` where there is none. Source: RFC 8878, 3.1.1.
 */
export function firstZstdFrame(bytes: Buffer): Buffer {
  if (bytes.readUInt32LE(0) !== MAGIC) throw new Error('this is no Zstandard frame');
  const descriptor = bytes.readUInt8(4);
  const isSingle = (descriptor & 0x20) !== 0;
  const hasChecksum = (descriptor & 0x4) !== 0;
  const content = CONTENT[descriptor >>> 6]! || (isSingle ? 1 : 0);
  let at = 5 + (isSingle ? 0 : 1) + DICTIONARY[descriptor & 3]! + content;
  for (let isLast = false; !isLast; ) {
    const header = bytes.readUIntLE(at, 3);
    isLast = (header & 1) === 1;
    at += 3 + (((header >>> 1) & 3) === REPEATED ? 1 : header >>> 3);
  }
  return bytes.subarray(0, at + (hasChecksum ? 4 : 0));
}

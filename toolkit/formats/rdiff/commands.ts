/** First bytes of a delta. Source: librsync 2.3, `librsync.h`, RS_DELTA_MAGIC. */
export const DELTA_MAGIC = Buffer.from([0x72, 0x73, 0x02, 0x36]);
export const DELTA_END = Buffer.from([0]);

const LITERAL = 0x40;
const COPY = 0x45;
const SHORT = 64;

/** Says that so many bytes follow, which are to be taken as they are. Source: librsync 2.3, `prototab.c`. */
export function literalCommand(length: number): Buffer {
  if (length <= SHORT) return Buffer.from([length]);
  const { bytes, log } = number(length);
  return Buffer.concat([Buffer.from([LITERAL + 1 + log]), bytes]);
}

/** Takes a run of the old file. */
export function copyCommand(offset: number, length: number): Buffer {
  const [from, count] = [number(offset), number(length)];
  return Buffer.concat([Buffer.from([COPY + 4 * from.log + count.log]), from.bytes, count.bytes]);
}

/** In 1, 2, 4 or 8 bytes, the most significant first; `log` is which of these. */
function number(value: number): { readonly bytes: Buffer; readonly log: number } {
  const log = value < 0x100 ? 0 : value < 0x1_0000 ? 1 : value < 0x1_0000_0000 ? 2 : 3;
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return { bytes: bytes.subarray(8 - 2 ** log), log };
}

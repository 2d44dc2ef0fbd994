/**
 * Unpacks a block of LZ4 that holds exactly `size` bytes; undefined where it does not. Source: lz4,
 * doc/lz4_Block_format.md.
 */
export function unpackLz4(packed: Uint8Array, size: number): Buffer | undefined {
  const out = Buffer.allocUnsafe(size);
  const end = packed.length;
  let at = 0;
  let to = 0;
  /** A length that goes on in further bytes; undefined where these end. */
  const lengthFrom = (first: number): number | undefined => {
    let length = first;
    for (let more = first === 15 ? 255 : 0; more === 255; length += more) {
      if (at >= end) return undefined;
      more = packed[at++]!;
    }
    return length;
  };
  while (at < end) {
    const token = packed[at++]!;
    const literals = lengthFrom(token >>> 4);
    if (literals === undefined || at + literals > end || to + literals > size) return undefined;
    out.set(packed.subarray(at, at + literals), to);
    at += literals;
    to += literals;
    // The last sequence has literals only.
    if (at === end) return to === size ? out : undefined;
    if (at + 2 > end) return undefined;
    const distance = packed[at]! | (packed[at + 1]! << 8);
    at += 2;
    const more = lengthFrom(token & 15);
    if (more === undefined || distance === 0 || distance > to || to + more + 4 > size) return undefined;
    copyBack(out, to, distance, more + 4);
    to += more + 4;
  }
  return undefined;
}

/** What is copied may reach into what it becomes: it repeats then. */
function copyBack(out: Buffer, to: number, distance: number, length: number): void {
  if (distance >= length) out.copyWithin(to, to - distance, to - distance + length);
  else for (let index = to; index < to + length; index += 1) out[index] = out[index - distance]!;
}

/** A write at a place of a disk or file. */
export interface PositionedBytes {
  /** Bytes from its beginning. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const ZEROS = Buffer.alloc(1 << 20);

/** All `size` bytes of a disk of which ascending pieces are known: what is between them is zeros. */
export async function* wholeBytes(
  pieces: AsyncIterable<PositionedBytes>,
  size: number,
): AsyncGenerator<Uint8Array> {
  let end = 0;
  for await (const { offset, bytes } of pieces) {
    if (offset < end) throw new Error(`a piece at ${offset} comes after one that ends at ${end}`);
    yield* zeros(offset - end);
    yield bytes;
    end = offset + bytes.length;
  }
  yield* zeros(size - end);
}

function* zeros(length: number): Generator<Uint8Array> {
  for (let at = 0; at < length; at += ZEROS.length)
    yield ZEROS.subarray(0, Math.min(ZEROS.length, length - at));
}

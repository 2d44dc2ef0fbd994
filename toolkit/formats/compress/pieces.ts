import { byteQueue } from '../queue.ts';

/** What is compressed by itself: larger is a little smaller in the end, and takes more memory. */
export const PIECE_SIZE = 4 * 1024 * 1024;

const ZEROS = Buffer.alloc(PIECE_SIZE);

/** A stream in pieces of `PIECE_SIZE` bytes, however it was cut; the last may be shorter. */
export async function* equalPieces(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const queue = byteQueue(bytes);
  try {
    for (;;) {
      const piece = await queue.take(PIECE_SIZE);
      if (piece === undefined) break;
      yield piece;
    }
    const rest = await queue.some(PIECE_SIZE);
    if (rest !== undefined) yield rest;
  } finally {
    await queue.close();
  }
}

/** Remembers what a whole piece of zeros becomes: most of a sparse disk is that. */
export function withZeros(
  pack: (piece: Uint8Array) => Promise<Uint8Array>,
): (piece: Uint8Array) => Promise<Uint8Array> {
  let zeros: Promise<Uint8Array> | undefined;
  return async (piece) => {
    if (!ZEROS.equals(piece)) return await pack(piece);
    zeros ??= pack(piece);
    return await zeros;
  };
}

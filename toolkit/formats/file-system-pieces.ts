import type { ManifestEntry, ReadContent } from '../domain/manifest.ts';
import type { PositionedBytes } from './positioned.ts';

/** A part of a file system that is not zeros; in bytes. */
export type FileSystemPiece = EncodedPiece | ContentPiece;

export interface EncodedPiece {
  readonly offset: number;
  readonly length: number;
  /** Makes the bytes. */
  readonly encode: () => Uint8Array;
}

/** A run of a file. */
export interface ContentPiece {
  readonly offset: number;
  readonly length: number;
  readonly entry: ManifestEntry;
  /** Where in the file it begins. */
  readonly from: number;
}

const BUFFER = 4 * 1024 ** 2;
/** Shorter gaps are written as zeros: one large write takes less time than two small ones. */
const GAP = 64 * 1024;

/**
 * The bytes of a file system whose pieces ascend, in writes of up to 4 MiB; what is between them is zeros. The bytes
 * are good until the next but one is asked for: two buffers take turns, so that one can be written while the other
 * is filled.
 */
export async function* writePieces(
  pieces: Iterable<FileSystemPiece>,
  read: ReadContent,
): AsyncGenerator<PositionedBytes> {
  let buffer = Buffer.allocUnsafeSlow(BUFFER);
  let other = Buffer.allocUnsafeSlow(BUFFER);
  let start = 0;
  let used = 0;
  const full = (): PositionedBytes => {
    const write = { offset: start, bytes: buffer.subarray(0, used) };
    [buffer, other] = [other, buffer];
    start += used;
    used = 0;
    return write;
  };
  for (const piece of pieces) {
    const gap = piece.offset - start - used;
    if (gap > GAP || used + gap > BUFFER) {
      if (used > 0) yield full();
      start = piece.offset;
    } else {
      buffer.fill(0, used, used + gap);
      used += gap;
    }
    const bytes = 'encode' in piece ? piece.encode() : undefined;
    for (let at = 0; at < piece.length; ) {
      if (used === BUFFER) yield full();
      const count = Math.min(piece.length - at, BUFFER - used);
      const target = buffer.subarray(used, used + count);
      if (bytes !== undefined) target.set(bytes.subarray(at, at + count));
      else if ('entry' in piece) {
        const done = read(piece.entry, piece.from + at, target);
        if (done !== undefined) await done;
      }
      used += count;
      at += count;
    }
  }
  if (used > 0) yield full();
}

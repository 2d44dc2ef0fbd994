import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import { inOrder } from '../in-order.ts';
import { equalPieces, withZeros } from './pieces.ts';

const compress = promisify(zstdCompress);
const OPTIONS = {
  params: { [constants.ZSTD_c_compressionLevel]: 9, [constants.ZSTD_c_checksumFlag]: 1 },
};

/**
 * Zstandard (RFC 8878), level 9: frames of a fixed size one after another, each with a checksum.
 * `concurrency` are packed at the same time; no influence on the result. No bytes give one empty frame.
 */
export async function* zstd(
  bytes: AsyncIterable<Uint8Array>,
  concurrency: number,
): AsyncGenerator<Uint8Array> {
  const pack = withZeros(async (piece) => await compress(piece, OPTIONS));
  let isEmpty = true;
  for await (const frame of inOrder(equalPieces(bytes), concurrency, pack)) {
    isEmpty = false;
    yield frame;
  }
  if (isEmpty) yield await compress(Buffer.alloc(0), OPTIONS);
}

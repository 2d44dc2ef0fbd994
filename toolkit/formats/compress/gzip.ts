import { promisify } from 'node:util';
import { constants, crc32, deflateRaw } from 'node:zlib';
import { inOrder } from '../in-order.ts';
import { equalPieces, withZeros } from './pieces.ts';

/** No name, no time, made on Unix: as `gzip -n` writes it. */
const HEADER = Buffer.from('1f8b0800000000000003', 'hex');
/** An empty last block. */
const LAST_BLOCK = Buffer.from('0300', 'hex');
const deflate = promisify(deflateRaw);
const OPTIONS = { level: 6, finishFlush: constants.Z_SYNC_FLUSH };

/**
 * One gzip member (RFC 1952), deflate level 6. Pieces of a fixed size are packed by themselves, `concurrency`
 * at the same time, and joined at whole bytes: no influence on the result.
 */
export async function* gzip(
  bytes: AsyncIterable<Uint8Array>,
  concurrency: number,
): AsyncGenerator<Uint8Array> {
  const pack = withZeros(async (piece) => await deflate(piece, OPTIONS));
  yield HEADER;
  let checksum = 0;
  let size = 0;
  const work = async (piece: Uint8Array) => ({ piece, packed: await pack(piece) });
  for await (const { piece, packed } of inOrder(equalPieces(bytes), concurrency, work)) {
    checksum = crc32(piece, checksum);
    size += piece.length;
    yield packed;
  }
  yield LAST_BLOCK;
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum, 0);
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  yield trailer;
}

import type { Extent } from '../../image.ts';
import type { FileExtent } from '../extent-tree.ts';
import type { Volume } from './volume.ts';

const BUFFER = 1 << 20;
const ZEROS = Buffer.alloc(BUFFER);

/** Runs of a file of `size` bytes that have blocks; in bytes, ascending, apart. */
export function dataRuns(
  extents: readonly FileExtent[],
  size: number,
  { blockSize }: Pick<Volume, 'blockSize'>,
): Extent[] {
  const runs: { offset: number; length: number }[] = [];
  for (const { logical, length } of extents) {
    const offset = logical * blockSize;
    const end = Math.min((logical + length) * blockSize, size);
    if (end <= offset) break;
    const last = runs.at(-1);
    if (last !== undefined && last.offset + last.length === offset) last.length = end - last.offset;
    else runs.push({ offset, length: end - offset });
  }
  return runs;
}

/** All `size` bytes of a file, holes as zeros, in pieces of up to 1 MiB. */
export async function* fileBytes(
  volume: Volume,
  extents: readonly FileExtent[],
  size: number,
): AsyncGenerator<Uint8Array> {
  const { blockSize } = volume;
  const step = BUFFER / blockSize;
  let at = 0;
  for (const { logical, start, length } of extents) {
    if (logical * blockSize >= size) break;
    yield* zeros(logical * blockSize - at);
    at = logical * blockSize;
    for (let block = 0; block < length && at < size; block += step) {
      const bytes = await volume.readBlocks(start + block, Math.min(step, length - block));
      const piece = bytes.subarray(0, Math.min(bytes.length, size - at));
      yield piece;
      at += piece.length;
    }
  }
  yield* zeros(size - at);
}

function* zeros(length: number): Generator<Uint8Array> {
  for (let at = 0; at < length; at += BUFFER) yield ZEROS.subarray(0, Math.min(BUFFER, length - at));
}

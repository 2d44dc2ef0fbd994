import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { PositionedBytes } from '../../../toolkit/formats/positioned.ts';

/** Writes a file system of `size` bytes as a sparse file, checking that it goes forward and not beyond the end. */
export async function writeImage(
  path: string,
  pieces: AsyncIterable<PositionedBytes>,
  size: number,
): Promise<void> {
  const file = openSync(path, 'w');
  let end = 0;
  for await (const { offset, bytes } of pieces) {
    if (offset < end) throw new Error(`a write at ${offset} comes after one that ends at ${end}`);
    writeSync(file, bytes, 0, bytes.length, offset);
    end = offset + bytes.length;
  }
  if (end > size) throw new Error('a write goes beyond the end');
  ftruncateSync(file, size);
  closeSync(file);
}

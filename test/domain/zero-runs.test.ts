import { describe, expect, it } from 'vitest';
import { holeBlocks, openDataNotes } from '../../toolkit/domain/zero-runs.ts';

const MIB = 1 << 20;

/** A file of `size` bytes that is zeros but for a byte at each of the offsets. */
function file(size: number, ...offsets: readonly number[]): Buffer {
  const bytes = Buffer.alloc(size);
  for (const offset of offsets) bytes[offset] = 1;
  return bytes;
}

describe('openDataNotes', () => {
  it.each<[string, Buffer, readonly (readonly [number, number])[] | undefined]>([
    ['nothing', file(0), undefined],
    ['less than a MiB of zeros', file(MIB - 1), undefined],
    ['a MiB of zeros', file(MIB), []],
    ['zeros only', file(3 * MIB + 5), []],
    ['data everywhere', file(3 * MIB + 5, 0, MIB, 3 * MIB - 1, 3 * MIB), undefined],
    ['a hole in front', file(2 * MIB, 2 * MIB - 1), [[MIB, MIB]]],
    ['a hole at the end', file(2 * MIB + 9, 7), [[0, MIB]]],
    ['data behind the last MiB', file(2 * MIB + 9, 2 * MIB + 8), [[2 * MIB, 9]]],
    [
      'holes between',
      file(6 * MIB, MIB, 2 * MIB, 5 * MIB),
      [
        [MIB, 2 * MIB],
        [5 * MIB, MIB],
      ],
    ],
  ])('finds whole MiB of zeros: %s', (_, bytes, expected) => {
    const data = expected?.map(([offset, length]) => ({ offset, length }));
    // However it is read.
    for (const step of [MIB, 4 * MIB, 999_983]) {
      const notes = openDataNotes();
      for (let at = 0; at < bytes.length; at += step) notes.add(bytes.subarray(at, at + step));
      expect(notes.runs()).toEqual(data);
    }
  });
});

describe('holeBlocks', () => {
  it('counts what a file does not take', () => {
    expect(holeBlocks({ size: 10 * MIB })).toBe(0);
    expect(holeBlocks({ size: 2 * MIB + 9, data: [{ offset: 2 * MIB, length: 9 }] })).toBe(512);
  });
});

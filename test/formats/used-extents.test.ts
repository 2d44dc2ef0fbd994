import { describe, expect, it } from 'vitest';
import { noteExtents } from '../../toolkit/formats/used-extents.ts';
import { collect, pieces } from './support/bytes.ts';

const KIB = 1024;

async function extentsOf(disk: Buffer, pieceSize: number) {
  const { bytes, extents } = noteExtents(pieces(disk, pieceSize));
  expect(await collect(bytes)).toEqual(disk);
  return extents;
}

describe('noteExtents', () => {
  it.each([64 * KIB, 1000, 3 * 64 * KIB, 1000 * KIB])(
    'says where a disk is used, in steps of 64 KiB, whatever pieces of %d bytes it comes in',
    async (pieceSize) => {
      const disk = Buffer.alloc(1000 * KIB);
      disk[5] = 1;
      disk[64 * KIB + 70] = 1;
      disk[300 * KIB] = 1;
      disk[1000 * KIB - 1] = 1;
      expect(await extentsOf(disk, pieceSize)).toEqual([
        { offset: 0, length: 128 * KIB },
        { offset: 256 * KIB, length: 64 * KIB },
        { offset: 960 * KIB, length: 40 * KIB },
      ]);
    },
  );

  it('finds nothing in zeros', async () => {
    expect(await extentsOf(Buffer.alloc(200 * KIB), 7000)).toEqual([]);
  });
});

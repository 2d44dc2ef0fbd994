import { describe, expect, it } from 'vitest';
import { hasSuperblock, planGeometry } from '../../../toolkit/formats/ext4/geometry.ts';
import { openSpace } from '../../../toolkit/formats/ext4/space.ts';

const MIB = 1024 ** 2;

describe('planGeometry', () => {
  it('keeps copies of the superblock in groups 0, 1 and powers of 3, 5 and 7', () => {
    const groups = Array.from({ length: 130 }, (_, group) => group).filter(hasSuperblock);
    expect(groups).toEqual([0, 1, 3, 5, 7, 9, 25, 27, 49, 81, 125]);
  });

  it.each([16, 128, 129, 300, 2048, 5000, 40_000, 900_000])(
    'gives all metadata of %d MiB a place of its own',
    (mib) => {
      const { blocks, groups, zones, tableBlocks } = planGeometry(mib * MIB, mib * 64);
      const overlapping = zones.filter(({ start }, at) => start < (zones[at - 1]?.end ?? 0));
      expect(overlapping).toEqual([]);
      expect(zones.at(-1)!.end).toBeLessThanOrEqual(blocks);
      const tables = zones.filter(({ start, end }) => end - start === tableBlocks).map(({ start }) => start);
      const places = new Set(tables);
      expect(groups.filter(({ inodeTable }) => !places.has(inodeTable))).toEqual([]);
      expect(new Set(groups.map(({ inodeTable }) => inodeTable)).size).toBe(groups.length);
    },
  );

  it('leaves out a last group that holds nothing but metadata', () => {
    expect(planGeometry(128 * MIB + 40 * 4096, 1000).groups).toHaveLength(1);
    expect(planGeometry(160 * MIB, 1000).groups).toHaveLength(2);
  });

  it.each([
    [0, 1],
    [4096, 1],
    [Number.NaN, 1],
    [64 * MIB, 40_000],
  ])('refuses %d bytes with %d inodes', (size, inodes) => {
    expect(() => planGeometry(size, inodes)).toThrow(expect.objectContaining({ code: 'EXT4_SIZE' }));
  });
});

describe('openSpace', () => {
  it('gives out what is between the zones, and goes on behind the last', () => {
    const space = openSpace([
      { start: 0, end: 2 },
      { start: 2, end: 4 },
      { start: 6, end: 7 },
    ]);
    expect(space.take(1)).toEqual([{ start: 4, length: 1 }]);
    expect(space.take(3)).toEqual([
      { start: 5, length: 1 },
      { start: 7, length: 2 },
    ]);
    expect(space.take(0)).toEqual([]);
    expect(space.frontier).toBe(9);
  });
});

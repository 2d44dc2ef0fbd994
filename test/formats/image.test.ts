import { describe, expect, it } from 'vitest';
import { copyBlocks, joinCopies, normalizeExtents, touchedBlocks } from '../../toolkit/formats/image.ts';

describe('normalizeExtents', () => {
  it('joins neighbours and drops empty extents', () => {
    const extents = [
      { offset: 0, length: 10 },
      { offset: 10, length: 5 },
      { offset: 20, length: 0 },
      { offset: 20, length: 1 },
    ];
    expect(normalizeExtents(extents, 30)).toEqual([
      { offset: 0, length: 15 },
      { offset: 20, length: 1 },
    ]);
  });

  it.each([
    [
      'overlap',
      [
        { offset: 0, length: 10 },
        { offset: 9, length: 1 },
      ],
    ],
    [
      'are out of order',
      [
        { offset: 5, length: 1 },
        { offset: 0, length: 1 },
      ],
    ],
    ['leave the disk', [{ offset: 29, length: 2 }]],
    ['have no length', [{ offset: 0, length: -1 }]],
  ])('refuses extents that %s', (_title, extents) => {
    expect(() => normalizeExtents(extents, 30)).toThrow(expect.objectContaining({ code: 'IMAGE_EXTENTS' }));
  });
});

describe('copyBlocks', () => {
  const extents = [
    { offset: 5, length: 10 },
    { offset: 17, length: 1 },
    { offset: 40, length: 20 },
  ];
  const blocks = touchedBlocks(extents, 10);

  it('copies each extent into the blocks that it touches', () => {
    expect(blocks).toEqual([0, 1, 4, 5]);
    expect([...copyBlocks(extents, blocks, 10, (index) => 100 + index * 10)]).toEqual([
      { offset: 105, copyFrom: { sourceOffset: 5, length: 5 } },
      { offset: 110, copyFrom: { sourceOffset: 10, length: 5 } },
      { offset: 117, copyFrom: { sourceOffset: 17, length: 1 } },
      { offset: 120, copyFrom: { sourceOffset: 40, length: 10 } },
      { offset: 130, copyFrom: { sourceOffset: 50, length: 10 } },
    ]);
  });

  it('gives fewer copies once neighbours are joined', () => {
    const joined = joinCopies(copyBlocks(extents, blocks, 10, (index) => 100 + index * 10));
    expect([...joined]).toEqual([
      { offset: 105, copyFrom: { sourceOffset: 5, length: 10 } },
      { offset: 117, copyFrom: { sourceOffset: 17, length: 1 } },
      { offset: 120, copyFrom: { sourceOffset: 40, length: 20 } },
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { readErofs } from '../../../toolkit/formats/erofs/index.ts';
import { unpackLz4 } from '../../../toolkit/formats/erofs/read/lz4.ts';
import { memorySource } from '../../../toolkit/formats/source.ts';
import { damages } from '../support/damage.ts';
import { erofsImage } from '../support/read-only-images.ts';
import { expectedTree, toldTree } from '../support/read-only-tree.ts';

const read = async (bytes: Buffer) => await readErofs(memorySource(bytes));

describe('readErofs', () => {
  it('reads owner, mode, time, attributes, links and content of everything', async () => {
    const found = await read(erofsImage);
    expect(found).toMatchObject({ kind: 'erofs', uuid: '11111111-2222-3333-4444-555555555555', label: '' });
    expect(await toldTree(found)).toEqual(expectedTree());
  });

  it('begins where it is told to', async () => {
    const later = Buffer.concat([Buffer.alloc(8192, 1), erofsImage]);
    const { entries } = await readErofs(memorySource(later), 8192);
    expect(entries).toHaveLength(expectedTree().length);
  });

  it('names features that are not read', async () => {
    const other = Buffer.from(erofsImage);
    other.writeUInt32LE(other.readUInt32LE(1024 + 80) | 0x20, 1024 + 80);
    await expect(read(other)).rejects.toMatchObject({
      ...{ code: 'EROFS_UNSUPPORTED', message: expect.stringContaining('fragments') },
    });
  });

  it('finds a superblock that was changed', async () => {
    const other = Buffer.from(erofsImage);
    other[1024 + 50]! ^= 1;
    await expect(read(other)).rejects.toMatchObject({ code: 'EROFS_DAMAGED' });
  });

  it('ends with an error of its own, or is read, whatever is damaged', async () => {
    for (const [what, bytes] of damages(erofsImage, 1024 + 4096)) {
      const found = await read(bytes)
        .then(toldTree)
        .catch((error: unknown) => error);
      if (Array.isArray(found)) continue;
      expect(found, what).toMatchObject({ code: expect.stringMatching(/^EROFS_/) });
    }
  });
});

describe('unpackLz4', () => {
  it('repeats what it has just written', () => {
    const packed = Buffer.from([0x1f, 0x61, 1, 0, 5, 0x10, 0x62]);
    expect(unpackLz4(packed, 26)?.toString()).toBe(`${'a'.repeat(25)}b`);
  });

  it.each([
    ['more', [0x20, 0x61, 0x62], 1],
    ['less', [0x20, 0x61, 0x62], 3],
    ['a copy from before the beginning', [0x10, 0x61, 2, 0, 0x10, 0x62], 6],
    ['a length that does not end', [0xf0, 255], 300],
    ['no end', [0x10, 0x61, 1], 5],
    ['nothing', [], 0],
  ])('takes no block with %s', (_, bytes, size) => {
    expect(unpackLz4(Buffer.from(bytes), size)).toBeUndefined();
  });
});

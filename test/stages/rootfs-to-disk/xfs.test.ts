import { describe, expect, it } from 'vitest';
import { roundUp } from '../../../toolkit/domain/round.ts';
import { LEAST_XFS, xfsBytes } from '../../../toolkit/domain/xfs.ts';
import { planXfs } from '../../../toolkit/formats/xfs/index.ts';
import { entriesSize } from '../../../toolkit/stages/rootfs-to-disk/volume-trees.ts';
import { MIB } from '../../formats/support/ext4.ts';
import { entry } from '../../formats/support/manifest.ts';
import { formsTree, XFS } from '../../formats/support/xfs.ts';

const ROOT = entry('', 'directory');
const files = (count: number, size: number) => [
  ROOT,
  ...Array.from({ length: count }, (_, at) => ({ ...entry(`f${at}`, 'file'), size })),
];
const folders = (count: number) => [
  ROOT,
  ...Array.from({ length: count }, (_, at) => entry(`d${at}`, 'directory')),
];

describe('xfsBytes', () => {
  it.each([
    ['nothing', [ROOT]],
    ['one large file', files(1, 1200 * MIB)],
    ['a file of 300 GiB, whose log is large', files(1, 300 * 1024 * MIB)],
    ['small files', files(20_000, 30_000)],
    ['empty folders', folders(5000)],
    ['every form', formsTree(2000)],
  ])('is enough for %s, and not much more', (_, entries) => {
    const { blocks, holes = 0, entries: count } = entriesSize(entries);
    const content = (blocks - holes) * 4096;
    const size = roundUp(xfsBytes(content, count), MIB);
    expect(planXfs(entries, { ...XFS, size }).size).toBe(size);
    expect(size).toBeGreaterThanOrEqual(LEAST_XFS);
    expect(size).toBeLessThan(Math.max(LEAST_XFS + MIB, content * 1.03 + count * 600 + 100 * MIB));
  });
});

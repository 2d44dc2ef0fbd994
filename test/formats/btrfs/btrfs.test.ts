import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planBtrfs } from '../../../toolkit/formats/btrfs/index.ts';
import { oddEntries, oddText } from '../../support/odd-tree.ts';
import { BTRFS, writeBtrfsImage } from '../support/btrfs.ts';
import { MIB } from '../support/ext4.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';
import { entry, NO_TREES } from '../support/manifest.ts';

const ROOT = entry('', 'directory');
const TREE = [
  ROOT,
  entry('a', 'file', { content: 'a' }),
  entry('b', 'directory'),
  entry('b/c', 'hardlink', { target: 'a' }),
];

function check(path: string): void {
  runTool(['btrfs', 'check', '--check-data-csum', path]);
}

describe('planBtrfs', () => {
  it('writes the same bytes as ever, in whatever order the entries come', async () => {
    using folder = tempFolder('btrfs-');
    const path = join(folder.path, 'image');
    const digest = async (entries: typeof TREE) => {
      await writeBtrfsImage(path, entries, { size: 40 * MIB });
      return createHash('sha256').update(readFileSync(path)).digest('hex');
    };
    const first = await digest(TREE);
    expect(first).toBe('8f42b9bcf7a982159cd36d81b902375edfd515f255c177d82bed010724342345');
    expect(await digest(TREE.toReversed())).toBe(first);
  });

  it.each([
    ...NO_TREES,
    [[ROOT, entry('a', 'symlink', { target: 't'.repeat(4096) })]],
    [[ROOT, entry('a', 'block', { device: { major: 4096, minor: 0 } })]],
    [[ROOT, entry('a', 'file', { xattrs: [{ name: 'foreign', value: Buffer.alloc(1) }] })]],
    [[ROOT, entry('a', 'file', { xattrs: [{ name: 'user.a', value: Buffer.alloc(17_000) }] })]],
  ])('refuses what btrfs cannot hold (%#)', (entries) => {
    expect(() => planBtrfs(entries, BTRFS)).toThrow(expect.objectContaining({ code: 'BTRFS_TREE' }));
  });

  it('says how much is missing, and that much is enough', () => {
    const tree = [ROOT, { ...entry('a', 'file'), size: 300 * MIB }];
    const missing = Number(/need (\d+) MiB more/.exec(problemOf(() => planBtrfs(tree, BTRFS)))?.[1]);
    expect(missing).toBeGreaterThan(200);
    expect(planBtrfs(tree, { ...BTRFS, size: BTRFS.size + missing * MIB }).sectors).toBe((300 * MIB) / 4096);
  });

  judged('btrfs')('is found clean: all kinds of files, large ones, and many in one folder', async () => {
    using folder = tempFolder('btrfs-');
    const path = join(folder.path, 'image');
    const odd = new Set(oddEntries);
    const many = Array.from({ length: 5000 }, (_, at) => entry(`zz/${at}${'n'.repeat(at % 90)}`, 'file'));
    const tree = [
      ...oddEntries,
      { ...entry('y', 'file'), size: 140 * MIB + 5 },
      entry('zz', 'directory'),
      ...many,
    ];
    await writeBtrfsImage(path, tree, { size: 400 * MIB }, (one, from, target) => {
      if (odd.has(one)) target.set(Buffer.from(oddText(one)).subarray(from, from + target.length));
      else target.fill(from / MIB);
    });
    check(path);
  });
});

function problemOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ManifestEntry } from '../../../toolkit/domain/manifest.ts';
import { planExt4 } from '../../../toolkit/formats/ext4/index.ts';
import { oddEntries, oddText } from '../../support/odd-tree.ts';
import { collect, noise } from '../support/bytes.ts';
import { comparable, MIB, OPTIONS, readFileSystem, writeFileSystem, writesDigest } from '../support/ext4.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';
import { entry } from '../support/manifest.ts';

const ROOT = entry('', 'directory');
const KINDS = ['ext2', 'ext3'] as const;

function check(path: string): void {
  runTool(['e2fsck', '-fn', path]);
}

function ask(path: string, command: string): string {
  return runTool(['debugfs', '-R', command, path]).toString('latin1');
}

describe.each(KINDS)('planExt4 of %s', (kind) => {
  judged('e2fsck', 'debugfs')('holds all kinds of files, and is read back', async () => {
    using folder = tempFolder('ext-');
    const path = join(folder.path, 'image');
    await writeFileSystem(path, oddEntries, { kind }, (odd, from, target) => {
      target.set(Buffer.from(oddText(odd)).subarray(from, from + target.length));
    });
    check(path);
    const features = 'ext_attr resize_inode dir_index filetype sparse_super large_file';
    expect(ask(path, 'features')).toContain(
      `Filesystem features: ${kind === 'ext3' ? 'has_journal ' : ''}${features}\n`,
    );
    const found = await readFileSystem(path);
    expect(comparable(found.entries)).toEqual(comparable(oddEntries));
    for (const one of found.entries.filter(({ type }) => type === 'file')) {
      expect((await collect(found.content(one))).toString()).toBe(oddText(one));
    }
  });

  judged('e2fsck', 'debugfs').each([300, 20_000])('has an index of %d names', async (count) => {
    using folder = tempFolder('ext-');
    const path = join(folder.path, 'image');
    const names = Array.from({ length: count }, (_, at) => `many/${at}\xfc${'n'.repeat(at % 245)}`);
    const tree = [ROOT, entry('many', 'directory'), ...names.map((name) => entry(name, 'file'))];
    await writeFileSystem(path, tree, { kind, size: 300 * MIB });
    check(path);
    expect(ask(path, 'htree_dump /many')).toContain(`Indirect levels: ${count > 10_000 ? 1 : 0}`);
    expect((await readFileSystem(path)).entries).toHaveLength(count + 3);
  });

  judged('e2fsck', 'debugfs')('gives large and sparse files trees of addresses', async () => {
    using folder = tempFolder('ext-');
    const path = join(folder.path, 'image');
    const size = 40 * 1024 * MIB;
    const data = Array.from({ length: 200 }, (_, at) => ({ offset: at * 200 * MIB, length: 8192 }));
    const large = noise(6 * MIB + 5, 3);
    const tree = [ROOT, entry('large', 'file', { content: large }), { ...entry('sparse', 'file'), size }];
    const dataOf = (one: ManifestEntry) => (one.size === size ? data : undefined);
    await writeFileSystem(path, tree, { kind, dataOf }, (one, from, target) => {
      if (one.size === size) target.fill(from / MIB / 200 + 1);
      else target.set(large.subarray(from, from + target.length));
    });
    check(path);
    // Blocks of addresses: a file of 1537 blocks has the one of its 13th, one of blocks, and one below that.
    expect(ask(path, 'stat /large')).toContain(`Blockcount: ${(1537 + 3) * 8}\n`);
    const { entries, content, dataOf: dataRead } = await readFileSystem(path);
    const [found, sparse] = entries.filter(({ type }) => type === 'file');
    expect((await collect(content(found!))).equals(large)).toBe(true);
    expect(dataRead(sparse!)).toEqual(data);
  });

  judged('e2fsck', 'resize2fs')('grows, and may be large', async () => {
    using folder = tempFolder('ext-');
    const path = join(folder.path, 'image');
    await writeFileSystem(path, [ROOT, entry('a', 'file', { content: 'a' })], { kind });
    runTool(['resize2fs', path, '3G']);
    check(path);
    await writeFileSystem(path, [ROOT], { kind, size: 100 * 1024 * MIB, inodes: 100_000 });
    check(path);
  });

  it('writes the same bytes in whatever order the entries come', async () => {
    const tree = [ROOT, entry('a', 'file', { content: 'a' }), entry('b', 'directory')];
    const digest = await writesDigest(tree, { kind });
    expect(await writesDigest(tree.toReversed(), { kind })).toBe(digest);
    expect(await writesDigest(tree, { kind: 'ext4' })).not.toBe(digest);
  });

  it.each([
    ['a file of more than 2 TiB', [{ ...entry('a', 'file'), size: 3 * 2 ** 40 }]],
    [
      'a folder of more folders than it can count',
      Array.from({ length: 32_000 }, (_, at) => entry(`d${at}`, 'directory')),
    ],
  ])('refuses %s', (_, entries) => {
    const options = { ...OPTIONS, kind, size: 4 * 2 ** 40, inodes: 1_000_000 };
    expect(() => planExt4([ROOT, ...entries], options)).toThrow(
      expect.objectContaining({ code: 'EXT4_TREE' }),
    );
  });
});

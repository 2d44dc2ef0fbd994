import {
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ManifestEntry } from '../../../toolkit/domain/manifest.ts';
import { oddEntries, oddText } from '../../support/odd-tree.ts';
import { collect } from '../support/bytes.ts';
import { OPTIONS, readFileSystem, writeFileSystem } from '../support/ext4.ts';
import { runTool, tempFolder } from '../support/judge.ts';
import { entry } from '../support/manifest.ts';
import { canMount, expectOddTree, mounted } from '../support/mounted.ts';

const GIB = 1024 ** 3;
describe.runIf(canMount())('the kernel, given a file system of ours', () => {
  it.each(['ext2', 'ext3', 'ext4'] as const)(
    'reads back every field out of %s, and writes to it',
    async (kind) => {
      using folder = tempFolder('ext4-');
      const image = join(folder.path, 'image');
      await writeFileSystem(image, oddEntries, { kind }, (odd, from, target) => {
        target.set(Buffer.from(oddText(odd)).subarray(from, from + target.length));
      });
      {
        const top = join(folder.path, 'm');
        using _mount = mounted(image, top, kind);
        expectOddTree(top);
        for (let at = 0; at < 500; at += 1) writeFileSync(join(top, `new-${at}`), 'new');
      }
      runTool(['e2fsck', '-fn', image]);
    },
  );

  it('writes what our reader reads', async () => {
    using folder = tempFolder('ext4-');
    const image = join(folder.path, 'image');
    await writeFileSystem(image, [entry('', 'directory'), entry('gone', 'file')], { inodes: 5000 });
    {
      const top = join(folder.path, 'm');
      using _mount = mounted(image, top);
      mkdirSync(join(top, 'many'));
      for (let at = 0; at < 3000; at += 1) writeFileSync(join(top, 'many', `${at}`), `${at}`);
      for (let at = 0; at < 3000; at += 2) rmSync(join(top, 'many', `${at}`));
      rmSync(join(top, 'gone'));
      runTool(['fallocate', '-l', '3M', join(top, 'reserved')]);
      writeFileSync(join(top, 'behind'), '');
      runTool(['fallocate', '-n', '-l', '1M', join(top, 'behind')]);
      writeFileSync(join(top, 'text'), 'text');
      linkSync(join(top, 'text'), join(top, 'also'));
      // Every other block, so that no two are one extent.
      const file = openSync(join(top, 'holes'), 'w');
      for (let at = 0; at < 1000; at += 1) writeSync(file, Buffer.alloc(4096, 7), 0, 4096, at * 8192);
      closeSync(file);
    }
    const { entries, content, dataOf } = await readFileSystem(image);
    const find = (path: string) => entries.find((one) => Buffer.from(one.path).toString() === path)!;
    expect(entries.filter(({ path }) => Buffer.from(path).toString().startsWith('many/'))).toHaveLength(1500);
    expect((await collect(content(find('many/2999')))).toString()).toBe('2999');
    expect(find('gone')).toBeUndefined();
    expect(find('also')).toMatchObject({ type: 'file', size: 4 });
    expect(find('text')).toMatchObject({ type: 'hardlink', target: new Uint8Array(Buffer.from('also')) });
    expect(await collect(content(find('reserved')))).toEqual(Buffer.alloc(3 << 20));
    expect(find('behind').size).toBe(0);
    expect(dataOf(find('holes'))).toHaveLength(1000);
    expect((await collect(content(find('holes')))).subarray(8192, 8200)).toEqual(Buffer.alloc(8, 7));
  });

  it('takes a million files, in little memory', async () => {
    using folder = tempFolder('ext4-');
    const image = join(folder.path, 'image');
    const entries: ManifestEntry[] = [entry('', 'directory'), entry('all', 'directory')];
    const { sha256: _sha256, ...plain } = entry('', 'file');
    for (let at = 0; at < 1_000_000; at += 1) {
      const path = Buffer.from(`all/${String(at).padStart(7, '0')}-${'n'.repeat(at % 20)}`);
      entries.push({ ...plain, path, size: at % 2 });
    }
    const before = process.memoryUsage().rss;
    const options = { ...OPTIONS, size: 4 * GIB, journalMib: 64 };
    await writeFileSystem(image, entries, options, (_, __, target) => void target.fill(65));
    expect(process.memoryUsage().rss - before).toBeLessThan(GIB / 2);
    runTool(['e2fsck', '-fn', image]);
    expect((await readFileSystem(image)).entries).toHaveLength(1_000_003);
    const top = join(folder.path, 'm');
    using _mount = mounted(image, top);
    expect(readdirSync(join(top, 'all'))).toHaveLength(1_000_000);
  });
});

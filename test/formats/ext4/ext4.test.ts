import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ManifestEntry } from '../../../toolkit/domain/manifest.ts';
import { planExt4 } from '../../../toolkit/formats/ext4/index.ts';
import { oddEntries, oddText } from '../../support/odd-tree.ts';
import { noise } from '../support/bytes.ts';
import { MIB, OPTIONS, readEntry, writeFileSystem, writesDigest } from '../support/ext4.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';
import { entry } from '../support/manifest.ts';

const ROOT = entry('', 'directory');
const LARGE = noise(3 * MIB + 5, 3);
const TREE = [
  ROOT,
  entry('big', 'file', { content: LARGE }),
  entry('folder', 'directory', { mtime: 1_500_000_000 }),
  entry('folder/a', 'file', { content: 'a' }),
  entry('folder/b', 'hardlink', { target: 'folder/a' }),
  entry('folder/l', 'symlink', { target: 't'.repeat(100) }),
  entry('folder/s', 'socket'),
  entry('folder/x', 'file', { xattrs: [{ name: 'user.long', value: noise(3000, 1) }] }),
];

/** A directory of so many files, with names of all lengths, some of them not UTF-8. */
function many(count: number): ManifestEntry[] {
  const names = Array.from({ length: count }, (_, at) => `many/${at}\xfc${'n'.repeat(at % 245)}`);
  return [entry('many', 'directory'), ...names.map((name) => entry(name, 'file'))];
}

function check(path: string): void {
  // Exit code 0: it would change nothing.
  runTool(['e2fsck', '-fn', path]);
}

function ask(path: string, command: string): string {
  return runTool(['debugfs', '-R', command, path]).toString('latin1');
}

describe('planExt4', () => {
  it('writes the same bytes as ever, in whatever order the entries come', async () => {
    const digest = 'd78eb0c880bfac88b87c6b07b948be5d4f62ddf3af0dbcc0799a8f4d54bc4df3';
    expect(await writesDigest(TREE)).toBe(digest);
    expect(await writesDigest(TREE.toReversed())).toBe(digest);
  });

  it.each([
    ['EXT4_TREE', [entry('a', 'file')]],
    ['EXT4_TREE', [ROOT, entry('a', 'file'), entry('a', 'directory')]],
    ['EXT4_TREE', [ROOT, entry('a/b', 'file')]],
    ['EXT4_TREE', [ROOT, entry('a', 'file'), entry('a/b', 'file')]],
    ['EXT4_TREE', [ROOT, entry('a', 'hardlink', { target: 'b' })]],
    ['EXT4_TREE', [ROOT, entry('a', 'directory'), entry('b', 'hardlink', { target: 'a' })]],
    ['EXT4_TREE', [ROOT, entry('..', 'file')]],
    ['EXT4_TREE', [ROOT, entry('a'.repeat(256), 'file')]],
    ['EXT4_TREE', [ROOT, entry('a\0b', 'file')]],
    ['EXT4_TREE', [ROOT, entry('lost+found', 'file')]],
    ['EXT4_LINK', [ROOT, entry('a', 'symlink', { target: 't'.repeat(4096) })]],
    ['EXT4_LINK', [ROOT, entry('a', 'symlink')]],
    ['EXT4_DEVICE', [ROOT, entry('a', 'char')]],
    ['EXT4_DEVICE', [ROOT, entry('a', 'block', { device: { major: 4096, minor: 0 } })]],
    ['EXT4_XATTR', [ROOT, entry('a', 'file', { xattrs: [{ name: 'foreign', value: Buffer.alloc(1) }] })]],
    ['EXT4_XATTR', [ROOT, entry('a', 'file', { xattrs: [{ name: 'user.a', value: Buffer.alloc(4096) }] })]],
    [
      'EXT4_XATTR',
      [ROOT, entry('a', 'file', { xattrs: [{ name: 'system.posix_acl_access', value: Buffer.alloc(5) }] })],
    ],
  ])('refuses with %s what ext4 cannot hold (%#)', (code, entries) => {
    expect(() => planExt4(entries, OPTIONS)).toThrow(expect.objectContaining({ code }));
  });

  it('refuses a name more than a file can have', () => {
    const names = Array.from({ length: 65_000 }, (_, at) => entry(`n${at}`, 'hardlink', { target: 'a' }));
    const tree = [ROOT, entry('a', 'file'), ...names];
    expect(() => planExt4(tree, OPTIONS)).toThrow(/one name too many/);
    expect(planExt4(tree.slice(0, -1), OPTIONS).size).toBe(64 * MIB);
  });

  it('says how much is missing, and that much is enough', () => {
    const tree = [ROOT, { ...entry('a', 'file'), size: 100 * MIB }];
    const missing = (size: number) => {
      try {
        planExt4(tree, { ...OPTIONS, size });
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(missing(64 * MIB)).toBe('The files need 45 MiB more than 64 MiB give.');
    expect(missing(109 * MIB)).toBeUndefined();
    expect(missing(108 * MIB)).toContain('need 1 MiB more');
  });

  it('tells where the data are, and nothing else', () => {
    const plan = planExt4([ROOT, { ...entry('a', 'file'), size: 10 * MIB }], OPTIONS);
    const total = plan.extents.reduce((sum, { length }) => sum + length, 0);
    expect(total).toBeGreaterThan(10 * MIB);
    // The journal of 8 MiB has one block that is not zeros.
    expect(total).toBeLessThan(10.2 * MIB);
  });
});

describe('a file system of ours', () => {
  judged('e2fsck', 'debugfs')('is found clean, and holds all kinds of files', async () => {
    using folder = tempFolder('ext4-');
    const path = join(folder.path, 'image');
    await writeFileSystem(path, oddEntries, {}, (odd, from, target) => {
      target.set(Buffer.from(oddText(odd)).subarray(from, from + target.length));
    });
    check(path);
    expect(ask(path, 'stat /setuid')).toMatch(/Mode: {2}04755 [\s\S]*User: 70000 {3}Group: 70001 /);
    expect(ask(path, 'stat /disk')).toContain('Device major/minor number: 259:300');
    expect(ask(path, 'stat /old')).toContain(' mtime: 0x00000001:00000000 ');
    expect(ask(path, 'stat /deep/second')).toContain('Links: 2 ');
    expect(ask(path, 'stat /symlink-long')).toContain('Size: 200');
    expect(ask(path, 'ea_list /labelled')).toContain(
      'security.selinux (27) = "system_u:object_r:bin_t:s0\\000"',
    );
    expect(ask(path, 'ea_list /acl')).toContain('01 00 00 00 01 00 06 00 02 00 04 00 4d 00 00 00');
  });

  judged('e2fsck', 'debugfs')('gives back what was written', async () => {
    using folder = tempFolder('ext4-');
    const path = join(folder.path, 'image');
    await writeFileSystem(path, TREE);
    check(path);
    runTool(['debugfs', '-R', `dump /big ${folder.path}/big`, path]);
    runTool(['debugfs', '-R', `ea_get -f ${folder.path}/long /folder/x user.long`, path]);
    runTool(['cmp', '-', `${folder.path}/big`], { input: LARGE });
    runTool(['cmp', '-', `${folder.path}/long`], { input: noise(3000, 1) });
    expect(ask(path, 'stat /folder/s')).toContain('Type: socket');
    expect(ask(path, 'stat /folder')).toContain(' mtime: 0x59682f00:00000000 ');
    expect(ask(path, 'stat <11>')).toMatch(/Mode: {2}0700 .*\n[\s\S]*Size: 16384/);
  });

  judged('e2fsck', 'debugfs').each([300, 3000, 20_000])(
    'has %d files in one directory, and an index of them',
    async (count) => {
      using folder = tempFolder('ext4-');
      const path = join(folder.path, 'image');
      await writeFileSystem(path, [ROOT, ...many(count)]);
      check(path);
      const said = ask(path, 'htree_dump /many');
      const levels = count > 10_000 ? 1 : 0;
      expect(said).toContain(`Indirect levels: ${levels}`);
      expect(ask(path, 'ls -p /many').match(/^\/\d+\/100644\//gm)).toHaveLength(count);
    },
  );

  judged('e2fsck', 'debugfs')('has holes where a sparse file has them', async () => {
    using folder = tempFolder('ext4-');
    const path = join(folder.path, 'image');
    const size = 40 * 1024 * MIB;
    // More runs than an inode and than one block of extents hold.
    const data = Array.from({ length: 2000 }, (_, at) => ({ offset: at * 20 * MIB + 100, length: 8000 }));
    const sparse = { ...entry('sparse', 'file'), size };
    const options = { dataOf: ({ path: name }: ManifestEntry) => (name.length > 0 ? data : undefined) };
    await writeFileSystem(path, [ROOT, sparse], options, (_, from, target) => {
      target.fill(from / 4096 / 5120 + 1);
    });
    check(path);
    const said = ask(path, 'stat /sparse');
    expect(said).toContain(`Size: ${size}`);
    // Two blocks each, and seven of the tree: six leaves, and one above them.
    expect(said).toContain(`Blockcount: ${(2 * 2000 + 7) * 8}\n`);
    const last = ask(path, 'ex /sparse')
      .match(/^ *2\/ *2 .*$/gm)
      ?.at(-1);
    expect(last).toContain(` ${1999 * 5120} - ${1999 * 5120 + 1} `);
  });

  judged('e2fsck', 'resize2fs')('grows', async () => {
    using folder = tempFolder('ext4-');
    const path = join(folder.path, 'image');
    await writeFileSystem(path, [ROOT, ...many(500)]);
    runTool(['resize2fs', path, '3G']);
    check(path);
  });

  judged('e2fsck')('may be large', async () => {
    using folder = tempFolder('ext4-');
    const path = join(folder.path, 'image');
    const { extents } = await writeFileSystem(path, TREE, { size: 300 * 1024 * MIB, inodes: 400_000 });
    check(path);
    expect(extents.length).toBeGreaterThan(20);
  });

  it('reads a file in pieces of its own order', async () => {
    using folder = tempFolder('ext4-');
    const read: [number, number][] = [];
    await writeFileSystem(
      join(folder.path, 'image'),
      [ROOT, entry('big', 'file', { content: LARGE })],
      {},
      async (made, from, target) => {
        read.push([from, target.length]);
        await readEntry(made, from, target);
      },
    );
    expect(read.reduce((sum, [, length]) => sum + length, 0)).toBe(LARGE.length);
    expect(read.map(([from]) => from)).toEqual(read.map(([from]) => from).toSorted((a, b) => a - b));
  });
});

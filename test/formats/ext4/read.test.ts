import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { latin1Text } from '../../../toolkit/domain/image-bytes.ts';
import type { ManifestEntry } from '../../../toolkit/domain/manifest.ts';
import { readExt4 } from '../../../toolkit/formats/ext4/index.ts';
import { memorySource } from '../../../toolkit/formats/source.ts';
import { oddEntries, oddText } from '../../support/odd-tree.ts';
import { collect, noise } from '../support/bytes.ts';
import { comparable, MIB, readFileSystem, writeFileSystem } from '../support/ext4.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';
import { entry } from '../support/manifest.ts';

const ROOT = entry('', 'directory');
const LARGE = noise(3 * MIB + 5, 3);

/** A file system of mke2fs that holds some files, changed by commands of debugfs. */
function foreign(folder: string, argv: readonly string[], commands: readonly string[] = []): string {
  const image = join(folder, 'image');
  const top = join(folder, 'top');
  mkdirSync(join(top, 'many'), { recursive: true });
  for (let at = 0; at < 600; at += 1) writeFileSync(join(top, 'many', `${at}-${'n'.repeat(at % 90)}`), '');
  writeFileSync(join(top, 'large'), LARGE);
  runTool(['mke2fs', '-q', '-F', '-t', 'ext4', '-d', top, ...argv, image, '96M']);
  // A directory of many blocks gets its index here.
  if (!argv.some((word) => word.includes('inline_data')))
    runTool(['e2fsck', '-fyD', image], { okay: [0, 1] });
  const script = join(folder, 'commands');
  writeFileSync(script, `${commands.join('\n')}\n`);
  runTool(['debugfs', '-w', '-f', script, image]);
  return image;
}

function pathsOf(entries: readonly ManifestEntry[]): string[] {
  return entries.map(({ path }) => latin1Text(path));
}

function find(entries: readonly ManifestEntry[], path: string): ManifestEntry {
  const found = entries.find((one) => latin1Text(one.path) === path);
  if (found === undefined) throw new Error(`there is no ${path}`);
  return found;
}

describe('readExt4', () => {
  it('gives back every field and byte of what our writer wrote, from anywhere in a file', async () => {
    using folder = tempFolder('ext4-');
    const path = join(folder.path, 'image');
    await writeFileSystem(path, oddEntries, {}, (odd, from, target) => {
      target.set(Buffer.from(oddText(odd)).subarray(from, from + target.length));
    });
    const disk = join(folder.path, 'disk');
    runTool(['dd', `if=${path}`, `of=${disk}`, 'bs=1M', 'seek=3', 'conv=sparse', 'status=none']);
    const found = await readFileSystem(disk, 3 * MIB);
    expect(comparable(found.entries)).toEqual(comparable(oddEntries));
    expect(found).toMatchObject({ label: 'root', size: 64 * MIB });
    for (const one of found.entries.filter(({ type }) => type === 'file')) {
      expect((await collect(found.content(one))).toString()).toBe(oddText(one));
    }
  });

  it('reads attributes in inode and block, long links and names, and a large file', async () => {
    using folder = tempFolder('ext4-');
    const path = join(folder.path, 'image');
    const tree = [
      ROOT,
      entry('big', 'file', { content: LARGE }),
      entry('folder', 'directory', { mtime: 1_500_000_000.5 }),
      entry('folder/device', 'char', { device: { major: 4000, minor: 1_000_000 } }),
      entry('folder/future', 'file', { mtime: 5_000_000_000 }),
      entry('folder/link', 'symlink', { mode: 0o777, target: 't'.repeat(4095) }),
      entry('folder/past', 'file', { mtime: -5, uid: 2 ** 32 - 2 }),
      entry('folder/socket', 'socket'),
      entry('folder/x', 'file', {
        xattrs: [
          { name: 'user.a', value: Buffer.from('small') },
          { name: 'user.empty', value: Buffer.alloc(0) },
          { name: 'user.long', value: noise(3000, 1) },
        ],
      }),
    ];
    await writeFileSystem(path, tree);
    const { entries, content } = await readFileSystem(path);
    expect(comparable(entries)).toEqual(comparable(tree));
    expect((await collect(content(find(entries, 'big')))).equals(LARGE)).toBe(true);
  });

  it.each([300, 3000])('finds all of %d files in a directory with an index', async (count) => {
    using folder = tempFolder('ext4-');
    const path = join(folder.path, 'image');
    const names = Array.from({ length: count }, (_, at) => `many/${at}\xfc${'n'.repeat(at % 245)}`);
    const tree = [ROOT, entry('many', 'directory'), ...names.map((name) => entry(name, 'file'))];
    await writeFileSystem(path, tree, { inodes: count + 100 });
    const { entries } = await readFileSystem(path);
    expect(pathsOf(entries).filter((name) => name.startsWith('many/'))).toEqual(names.sort());
  });

  it('tells where a sparse file has bytes, through a deep tree of extents', async () => {
    using folder = tempFolder('ext4-');
    const path = join(folder.path, 'image');
    const size = 40 * 1024 * MIB + 7;
    const data = Array.from({ length: 2000 }, (_, at) => ({ offset: at * 20 * MIB, length: 8192 }));
    const sparse = { ...entry('sparse', 'file'), size };
    await writeFileSystem(path, [ROOT, sparse], { dataOf: () => data }, (_, from, target) => {
      target.fill(from / MIB / 20 + 1);
    });
    const { entries, content, dataOf } = await readFileSystem(path);
    const read = find(entries, 'sparse');
    expect(read.size).toBe(size);
    expect(dataOf(read)).toEqual(data);
    const pieces = content(read)[Symbol.asyncIterator]();
    expect((await pieces.next()).value).toEqual(Buffer.alloc(8192, 1));
    expect((await pieces.next()).value).toEqual(Buffer.alloc(MIB));
  });

  judged('mke2fs', 'e2fsck', 'debugfs').each([
    ['of our size', ['-b', '4096']],
    ['of 1 KiB, in many groups', ['-b', '1024', '-g', '8192']],
    ['without checksums', ['-O', '^metadata_csum,^64bit', '-b', '2048']],
    ['with a seed of its own, and small inodes', ['-O', 'metadata_csum_seed', '-I', '128', '-b', '1024']],
  ])('reads what others wrote in blocks %s', async (_, argv) => {
    using folder = tempFolder('ext4-');
    const note = join(folder.path, 'note');
    writeFileSync(note, noise(600, 2));
    const image = foreign(folder.path, argv, [
      'mknod disk b 259 300',
      'mknod pipe p',
      'symlink short folder/target',
      `symlink long ${'l'.repeat(100)}`,
      'ln large same',
      'set_inode_field large links_count 2',
      'set_inode_field large mode 0104755',
      'set_inode_field large uid 70000',
      'set_inode_field large mtime 20200101000000',
      `ea_set -f ${note} large user.note`,
      'ea_set large security.selinux label',
      'write /dev/null reserved',
      'fallocate reserved 2 9',
      'set_inode_field reserved size 20000',
    ]);
    const { entries, content, dataOf } = await readFileSystem(image);
    expect(find(entries, 'large')).toMatchObject({
      ...{ type: 'file', mode: 0o4755, uid: 70000, mtime: 1577836800, size: LARGE.length },
      xattrs: [
        { name: 'security.selinux', value: new Uint8Array(Buffer.from('label')) },
        { name: 'user.note', value: new Uint8Array(noise(600, 2)) },
      ],
    });
    expect(latin1Text(find(entries, 'same').target!)).toBe('large');
    expect(find(entries, 'disk')).toMatchObject({ type: 'block', device: { major: 259, minor: 300 } });
    expect(find(entries, 'pipe').type).toBe('fifo');
    expect(latin1Text(find(entries, 'short').target!)).toBe('folder/target');
    expect(latin1Text(find(entries, 'long').target!)).toBe('l'.repeat(100));
    expect(pathsOf(entries).filter((path) => path.startsWith('many/'))).toHaveLength(600);
    expect((await collect(content(find(entries, 'large')))).equals(LARGE)).toBe(true);
    // Reserved and never written: zeros.
    expect(dataOf(find(entries, 'reserved'))).toEqual([]);
    expect((await collect(content(find(entries, 'reserved')))).equals(Buffer.alloc(20000))).toBe(true);
  });

  judged('mke2fs', 'e2fsck', 'debugfs').each([
    ['EXT4_UNSUPPORTED', /feature inline_data/, ['-O', 'inline_data'], []],
    ['EXT4_UNSUPPORTED', /feature ea_inode, encrypt/, ['-O', 'encrypt,ea_inode'], []],
    ['EXT4_JOURNAL', /not unmounted/, [], ['feature needs_recovery']],
    ['EXT4_JOURNAL', /not unmounted/, [], ['set_super_value state 0']],
    ['EXT4_DAMAGED', /errors/, [], ['set_super_value state 3']],
    [
      'EXT4_DAMAGED',
      /\/many\/0- names an inode that is not in use/,
      [],
      ['set_inode_field many/0- links_count 0'],
    ],
    ['EXT4_DAMAGED', /\/again is a directory/, [], ['ln many again']],
    ['EXT4_DAMAGED', /leads to 0 bytes/, [], ['symlink s target', 'set_inode_field s size 0']],
  ])('refuses with %s, and says %s', async (code, message, argv, commands) => {
    using folder = tempFolder('ext4-');
    const image = foreign(folder.path, argv, commands);
    const reading = readFileSystem(image);
    await expect(reading).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it.each([
    ['its superblock', 1024 + 200, 'its superblock', ''],
    ['a descriptor', 4096 + 20, 'the descriptor of group 0', ''],
    ['an inode', 11 * 4096 + 256 + 100, 'inode 2', ' (/)'],
    ['a directory', 75 * 4096 + 1000, 'block 0 of the directory of inode 2', ' (/)'],
    ['an index of names', 80 * 4096 + 40, 'block 0 of the directory of inode 12', ' (/many)'],
    ['a leaf of an index', 81 * 4096 + 500, 'block 1 of the directory of inode 12', ' (/many)'],
    ['a block of attributes', 89 * 4096 + 3000, 'the block of extended attributes of inode 314', ' (/x)'],
    ['a block of extents', 2158 * 4096 + 30, 'a block of extents of inode 313', ' (/sparse)'],
  ])('notices one changed bit of %s, and tells the name', async (_, place, what, name) => {
    using folder = tempFolder('ext4-');
    const path = join(folder.path, 'image');
    const names = Array.from({ length: 300 }, (_, at) => entry(`many/${at}${'n'.repeat(90)}`, 'file'));
    const data = Array.from({ length: 20 }, (_, at) => ({ offset: at * MIB, length: 4096 }));
    const tree = [
      ROOT,
      entry('many', 'directory'),
      ...names,
      { ...entry('sparse', 'file'), size: 20 * MIB },
      entry('x', 'file', { xattrs: [{ name: 'user.long', value: noise(500, 1) }] }),
    ];
    const dataOf = ({ size }: ManifestEntry) => (size > 0 ? data : undefined);
    await writeFileSystem(path, tree, { dataOf }, (_, __, target) => void target.fill(1));
    const reading = readFileSystem(path, 0, (offset, bytes) => {
      const at = place - offset;
      if (at >= 0 && at < bytes.length) bytes[at]! ^= 1;
    });
    const message = `ext4: ${what} has another checksum${name}.`;
    await expect(reading).rejects.toMatchObject({ code: 'EXT4_DAMAGED', message });
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(2 * MIB)],
    ['noise', noise(2 * MIB, 5)],
  ])('refuses %s', async (_, bytes) => {
    await expect(readExt4(memorySource(bytes))).rejects.toMatchObject({ code: 'EXT4_DAMAGED' });
  });

  it('refuses a file system that is cut short', async () => {
    using folder = tempFolder('ext4-');
    const path = join(folder.path, 'image');
    await writeFileSystem(path, [ROOT, entry('big', 'file', { content: LARGE })]);
    runTool(['truncate', '-s', '300K', path]);
    await expect(readFileSystem(path)).rejects.toMatchObject({ code: 'EXT4_DAMAGED' });
  });
});

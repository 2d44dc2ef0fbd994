import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planXfs, writeXfs } from '../../../toolkit/formats/xfs/index.ts';
import { MIB, readEntry } from '../support/ext4.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';
import { entry, NO_TREES } from '../support/manifest.ts';
import { formsTree, readForm, writeXfsImage, XFS } from '../support/xfs.ts';

const ROOT = entry('', 'directory');
const TREE = [
  ROOT,
  entry('a', 'file', { content: 'a' }),
  entry('b', 'directory'),
  entry('b/c', 'hardlink', { target: 'a' }),
];
const GIB = 1024 ** 3;
const XATTR = { name: 'user.a', value: Buffer.alloc(1) };

/** Digest of all writes; stands for the bytes. */
async function digestOf(entries: typeof TREE, read = readEntry): Promise<string> {
  const hash = createHash('sha256');
  for await (const { offset, bytes } of writeXfs(planXfs(entries, XFS), read)) {
    hash.update(`${offset} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}

describe('planXfs', () => {
  it('writes the same bytes as ever, in whatever order the entries come', async () => {
    const first = await digestOf(TREE);
    expect(first).toBe('badf90b93a69f8187259d3b046a5e3486894426d469ad588712f38cb8af5cf3b');
    expect(await digestOf(TREE.toReversed())).toBe(first);
  });

  it('writes the same bytes as ever of every form that a file can have', async () => {
    expect(await digestOf(formsTree(), readForm)).toBe(
      '7aaa608a396986a2428bc48c284723440cc33de5b50a35426c36914716fcd5c4',
    );
  });

  // What mkfs.xfs 6.13 makes of a file of that size.
  it.each([
    [300 * MIB, 4, 19_200, 15, 16_384],
    [1 * GIB, 4, 65_536, 16, 16_384],
    [10 * GIB, 4, 655_360, 20, 16_384],
    [500 * GIB, 4, 32_768_000, 25, 64_000],
  ])('divides %i bytes as mkfs.xfs does', (size, groups, groupBlocks, groupBits, blocks) => {
    const { geometry } = planXfs([ROOT], { ...XFS, size });
    expect(geometry).toMatchObject({ groups, groupBlocks, groupBits, log: { group: 2, start: 7, blocks } });
  });

  it('leaves a file system of more than 4 TiB no last group of a few blocks', () => {
    const plan = planXfs([ROOT], { ...XFS, size: 5 * 1024 ** 4 + MIB });
    expect(plan.geometry).toMatchObject({ groups: 5, groupBlocks: 2 ** 28 });
    expect(plan.size).toBe(5 * 1024 ** 4);
  });

  it.each([
    ...NO_TREES,
    [[ROOT, entry('a', 'symlink', { target: '' })]],
    [[ROOT, entry('a', 'symlink', { target: 't'.repeat(1025) })]],
    [[ROOT, entry('a', 'block', { device: { major: 16_384, minor: 0 } })]],
    [[ROOT, entry('a', 'char', { device: { major: 0, minor: 262_144 } })]],
    [[ROOT, entry('a', 'file', { mtime: 2 ** 34 })]],
    [[ROOT, entry('a', 'file', { mtime: -(2 ** 31) - 1 })]],
    [[ROOT, entry('a', 'file', { xattrs: [{ ...XATTR, name: 'foreign' }] })]],
    [[ROOT, entry('a', 'file', { xattrs: [{ ...XATTR, name: 'system.other' }] })]],
    [[ROOT, entry('a', 'file', { xattrs: [{ ...XATTR, name: `user.${'a'.repeat(256)}` }] })]],
    [[ROOT, entry('a', 'file', { xattrs: [{ ...XATTR, name: 'system.posix_acl_access' }] })]],
    [[ROOT, entry('a', 'file', { xattrs: [{ ...XATTR, value: Buffer.alloc(65_537) }] })]],
  ])('refuses what XFS cannot hold (%#)', (entries) => {
    expect(() => planXfs(entries, XFS)).toThrow(expect.objectContaining({ code: 'XFS_TREE' }));
  });

  it('refuses less than 300 MiB', () => {
    const plan = () => planXfs([ROOT], { ...XFS, size: 300 * MIB - 1 });
    expect(plan).toThrow(expect.objectContaining({ code: 'XFS_SIZE' }));
  });

  it.each([1, 5000])('says how much is missing, and that much is enough (%i files)', (count) => {
    const size = (600 * MIB) / count;
    const files = Array.from({ length: count }, (_, at) => ({ ...entry(`f${at}`, 'file'), size }));
    const plan = (more: number) => planXfs([ROOT, ...files], { ...XFS, size: XFS.size + more * MIB });
    const missing = Number(/need (\d+) MiB more/.exec(problemOf(() => plan(0)))?.[1]);
    expect(missing).toBeGreaterThan(300);
    expect(problemOf(() => plan(missing))).toBe('');
    expect(problemOf(() => plan(missing - 30))).toMatch('MiB more');
  });

  judged('xfs_repair')('is found clean: every form of folders, attributes, links and extents', async () => {
    using folder = tempFolder('xfs-');
    const path = join(folder.path, 'image');
    await writeXfsImage(path, formsTree(), {}, readForm);
    runTool(['xfs_repair', '-n', '-f', path]);
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

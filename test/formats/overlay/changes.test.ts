import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { latin1Text } from '../../../toolkit/domain/image-bytes.ts';
import type { ManifestEntry } from '../../../toolkit/domain/manifest.ts';
import { type OverlayTree, overlayTree } from '../../../toolkit/formats/overlay/index.ts';
import { writeTar } from '../../../toolkit/formats/tar/index.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';
import { contentOf, entry, sorted } from '../support/manifest.ts';

const EPOCH = 1_600_000_000;
const treeOf = (...entries: ManifestEntry[]): OverlayTree => ({
  entries: sorted(entry('', 'directory'), ...entries),
  content: contentOf,
});
const dir = (path: string, parts = {}) => entry(path, 'directory', parts);
const file = (path: string, content: string, parts = {}) => entry(path, 'file', { content, ...parts });

/** What is in an upper directory: a whiteout as `-path`. */
async function changes(base: OverlayTree, tree: OverlayTree): Promise<string[]> {
  const { entries } = await overlayTree(base, tree, EPOCH);
  return entries.map(
    ({ path, type, device }) => `${type === 'char' && device?.major === 0 ? '-' : ''}${latin1Text(path)}`,
  );
}

const BASE = treeOf(
  ...[dir('etc'), file('etc/same', 'a'), file('etc/text', 'a'), file('etc/mode', 'a'), file('etc/gone', 'a')],
  ...[dir('old'), dir('old/in'), file('old/in/file', 'x'), dir('was-dir'), file('was-dir/f', 'x')],
  ...[
    file('was-file', 'x'),
    entry('link', 'symlink', { target: 'etc' }),
    dir('keep'),
    file('keep/b', 'long'.repeat(9)),
  ],
  ...[
    dir('h'),
    file('h/1', 'h'),
    entry('h/2', 'hardlink', { target: 'h/1' }),
    file('h/3', 'i'),
    entry('h/4', 'hardlink', { target: 'h/3' }),
  ],
);
const TREE = treeOf(
  ...[dir('etc'), file('etc/same', 'a'), file('etc/text', 'b'), file('etc/mode', 'a', { mode: 0o600 })],
  ...[file('was-dir', 'now a file'), dir('was-file'), file('was-file/new', 'x')],
  ...[entry('link', 'symlink', { target: 'was-file' }), dir('keep'), file('keep/b', 'long'.repeat(9))],
  ...[
    dir('h'),
    file('h/1', 'h'),
    entry('h/2', 'hardlink', { target: 'h/1' }),
    file('h/3', 'j'),
    entry('h/4', 'hardlink', { target: 'h/3' }),
  ],
  file('caf\xe9', 'x', { xattrs: [{ name: 'user.a', value: Buffer.from('b') }] }),
);

// Only root mounts.
const mounting = process.getuid?.() === 0 ? judged('unshare', 'mount', 'tar') : it.skip;

describe('overlayTree', () => {
  it('has what is new or other, whole, and whiteouts for what is no more, nearest to the root only', async () => {
    expect(await changes(BASE, TREE)).toEqual([
      ...['', 'caf\xe9', 'etc', '-etc/gone', 'etc/mode', 'etc/text', 'h', 'h/3', 'h/4', 'link', '-old'],
      ...['was-dir', 'was-file', 'was-file/new'],
    ]);
  });

  it('has nothing but its root where the trees are the same', async () => {
    expect(await changes(TREE, TREE)).toEqual(['']);
  });

  it.each<[string, object]>([
    ['owner', { uid: 1 }],
    ['time', { mtime: 5 }],
    ['attribute', { xattrs: [{ name: 'user.a', value: Buffer.from('b') }] }],
  ])('takes a file whose %s is another one, and leaves fractions of a second alone', async (_, parts) => {
    const base = treeOf(file('a', 'x'), file('b', 'x', { mtime: 1_700_000_000.5 }));
    expect(await changes(base, treeOf(file('a', 'x', parts), file('b', 'x')))).toEqual(['', 'a']);
  });

  it('takes all names of a file that has other ones', async () => {
    const base = treeOf(file('a', 'x'), entry('b', 'hardlink', { target: 'a' }), file('c', 'x'));
    const tree = treeOf(file('a', 'x'), file('b', 'x'), entry('c', 'hardlink', { target: 'b' }));
    expect(await changes(base, tree)).toEqual(['', 'a', 'b', 'c']);
    expect(await changes(base, treeOf(file('a', 'x'), file('c', 'x')))).toEqual(['', 'a', '-b']);
  });

  it('compares contents however they come in pieces', async () => {
    const pieces = (...texts: string[]): OverlayTree => ({
      entries: [entry('a', 'file', { size: 4, sha256: '' })],
      content: async function* () {
        for (const text of texts) yield Buffer.from(text);
      },
    });
    expect(await changes(pieces('ab', '', 'cd'), pieces('a', 'bcd'))).toEqual([]);
    expect(await changes(pieces('abcd'), pieces('a', 'bcx'))).toEqual(['a']);
    expect(await changes(pieces('abc'), pieces('a', 'bcd'))).toEqual(['a']);
  });

  mounting('is what the kernel shows as the tree over the base', async () => {
    using folder = tempFolder('overlay-');
    const extracted = async (name: string, { entries, content }: OverlayTree) => {
      const pieces: Uint8Array[] = [];
      for await (const piece of writeTar(entries, content, { xattrs: 'both' })) pieces.push(piece);
      writeFileSync(join(folder.path, `${name}.tar`), Buffer.concat(pieces));
      mkdirSync(join(folder.path, name));
    };
    await extracted('base', BASE);
    await extracted('tree', TREE);
    await extracted('upper', await overlayTree(BASE, TREE, EPOCH));
    const list =
      "find . -type d -printf '%p %y %m %U %G %T@\\n' | sort; find . ! -type d -printf '%p %y %m %U %G %n %l %T@\\n' | sort; find . -type f -exec sha256sum {} + | sort";
    const script = `mount -t tmpfs none ${folder.path}/base && mkdir ${folder.path}/base/{base,upper,work,all,tree}
cd ${folder.path}/base
for name in base upper tree; do tar --xattrs --xattrs-include='*' -xpf ../$name.tar -C $name; done
mount -t overlay none -o lowerdir=base,upperdir=upper,workdir=work all
(cd all; ${list}) >../all.txt; (cd tree; ${list}) >../tree.txt
sed -i '/^\\. d /d' ../all.txt ../tree.txt; cmp ../all.txt ../tree.txt; wc -l <../all.txt`;
    const said = runTool(['unshare', '-m', 'bash', '-ec', script]).toString();
    expect(Number(said)).toBeGreaterThan(20);
  });
});

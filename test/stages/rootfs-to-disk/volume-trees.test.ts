import { describe, expect, it } from 'vitest';
import { latin1Bytes } from '../../../toolkit/domain/image-bytes.ts';
import type { EntryType, ManifestEntry } from '../../../toolkit/domain/manifest.ts';
import { entriesSize, volumeTrees } from '../../../toolkit/stages/rootfs-to-disk/volume-trees.ts';

const entry = (path: string, type: EntryType, more: Partial<ManifestEntry> = {}): ManifestEntry => ({
  ...{ path: latin1Bytes(path), type, mode: 0o755, uid: 0, gid: 0, mtime: 5, size: 0, xattrs: [] },
  ...more,
});
const TREE = [
  entry('', 'directory'),
  entry('etc', 'directory'),
  entry('etc/a', 'file', { size: 5000 }),
  entry('home', 'directory', { mode: 0o711 }),
  entry('home/a', 'hardlink', { target: latin1Bytes('etc/a') }),
  entry('home/b', 'hardlink', { target: latin1Bytes('etc/a') }),
  entry('home/c', 'file', { size: 1 }),
  entry('home/d', 'hardlink', { target: latin1Bytes('home/c') }),
  entry('homely', 'directory'),
];

function told(mounts: readonly string[], tree: readonly ManifestEntry[] = TREE): Record<string, string[]> {
  const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('latin1');
  return Object.fromEntries(
    [...volumeTrees(tree, mounts, 9)].map(([mount, { entries }]) => [
      mount,
      entries.map(({ path, type, target }) => `${type} ${text(path)}${target ? ` ${text(target)}` : ''}`),
    ]),
  );
}

describe('volumeTrees', () => {
  it('gives each mount point what is below it, and leaves the folder in the tree around it', () => {
    const parts = told(['/', '/home']);
    expect(parts['/']).toEqual([
      'directory ',
      'directory etc',
      'file etc/a',
      'directory home',
      'directory homely',
    ]);
    expect(parts['/home']).toEqual(['directory ', 'file a', 'hardlink b a', 'file c', 'hardlink d c']);
  });

  it('tells whose content a file has that was a link to another part', () => {
    const { entries, contentOf } = volumeTrees(TREE, ['/', '/home'], 9).get('/home')!;
    expect(contentOf(entries[1]!)).toBe(TREE[2]);
    expect(entries[0]?.mode).toBe(0o711);
    expect(entriesSize(entries)).toMatchObject({ entries: 5, bytes: 5001 });
  });

  it('makes folders that nobody has, in their order', () => {
    const parts = told(['/', '/home', '/home/x/y', '/data']);
    expect(parts['/']).toEqual([
      ...[
        'directory ',
        'directory data',
        'directory etc',
        'file etc/a',
        'directory home',
        'directory homely',
      ],
    ]);
    expect(parts['/home']?.slice(-2)).toEqual(['directory x', 'directory x/y']);
    expect(parts['/home/x/y']).toEqual(['directory ']);
    expect(parts['/data']).toEqual(['directory ']);
  });

  it('leaves documentation out, and keeps what has another name elsewhere', () => {
    const folders = ['usr', 'usr/share', 'usr/share/doc', 'usr/share/man'];
    const tree = [
      entry('', 'directory'),
      ...folders.map((path) => entry(path, 'directory')),
      entry('usr/share/doc/a', 'file', { size: 1 }),
      entry('usr/share/doc/b', 'directory'),
      entry('usr/share/documents', 'file'),
      entry('usr/share/man/z', 'hardlink', { target: latin1Bytes('usr/share/doc/a') }),
      entry('usr/x', 'hardlink', { target: latin1Bytes('usr/share/doc/a') }),
    ].sort((a, b) => Buffer.compare(a.path, b.path));
    const [root] = volumeTrees(tree, ['/'], 9, new Set(['/'])).values();
    expect(root!.entries.map(({ type, path }) => `${type} ${Buffer.from(path).toString()}`)).toEqual([
      'directory ',
      ...folders.map((path) => `directory ${path}`).slice(0, 3),
      'file usr/share/documents',
      'directory usr/share/man',
      'file usr/x',
    ]);
    expect(root!.contentOf(root!.entries.at(-1)!)).toMatchObject({ path: latin1Bytes('usr/share/doc/a') });
  });

  it('mounts nothing at what is no folder', () => {
    expect(() => told(['/', '/etc/a'])).toThrow(/\/etc\/a is a file of the image/);
  });
});

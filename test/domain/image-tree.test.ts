import { describe, expect, it } from 'vitest';
import {
  makeFolders,
  putFile,
  removeEntry,
  resolveInTree,
  type Tree,
  type TreeNode,
  treePaths,
} from '../../toolkit/domain/image-tree.ts';

const node = (type: TreeNode['type'], target?: string): TreeNode => ({
  type,
  mode: 0o755,
  uid: 0,
  gid: 0,
  mtime: 1,
  size: 0,
  ...(target === undefined ? {} : { target }),
});

const file = {
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: 2,
  size: 1,
  content: { kind: 'bytes', bytes: Buffer.from('x') },
} as const;

function tree(nodes: Readonly<Record<string, TreeNode>>): Tree {
  return new Map([['', node('directory')], ...Object.entries(nodes)]);
}

describe('resolveInTree', () => {
  const links = tree({
    usr: node('directory'),
    'usr/bin': node('directory'),
    bin: node('symlink', 'usr/bin'),
    abs: node('symlink', '/usr'),
    out: node('symlink', '../../../usr'),
    loop: node('symlink', 'loop'),
  });

  it.each([
    ['/bin/sh', 'usr/bin/sh'],
    ['abs/bin', 'usr/bin'],
    ['/out/bin', 'usr/bin'],
    ['/../../etc//./x', 'etc/x'],
    ['/', ''],
  ])('leads %s to %s, never out of the tree', (path, expected) => {
    expect(resolveInTree(links, path)).toBe(expected);
  });

  it('refuses a loop', () => {
    expect(() => resolveInTree(links, '/loop')).toThrow('too many symbolic links');
  });
});

describe('putFile', () => {
  it('makes the folders that are missing, through links', () => {
    const target = tree({ usr: node('directory'), etc: node('symlink', 'usr/etc') });
    putFile(target, '/etc/a/b', file);
    expect(treePaths(target)).toEqual(['', 'etc', 'usr', 'usr/etc', 'usr/etc/a', 'usr/etc/a/b']);
    expect(target.get('usr/etc/a')).toMatchObject({ type: 'directory', mode: 0o755, mtime: 2 });
  });

  it('refuses to replace a folder, or to go through a file', () => {
    const target = tree({ usr: node('directory'), x: { ...file, type: 'file' } });
    expect(() => putFile(target, '/usr', file)).toThrow('/usr is a directory');
    expect(() => putFile(target, '/x/y', file)).toThrow('/x is not a directory');
  });

  it('leaves the other names of a hard link what they were', () => {
    const target = tree({ a: { ...file, type: 'file' }, b: node('hardlink', 'a'), c: node('hardlink', 'a') });
    putFile(target, '/a', { ...file, size: 9 });
    expect(target.get('a')).toMatchObject({ type: 'file', size: 9 });
    expect(target.get('b')).toMatchObject({ type: 'file', size: 1 });
    expect(target.get('c')).toMatchObject({ type: 'hardlink', target: 'b' });
  });
});

describe('removeEntry', () => {
  it('hands the content of a hard link to its next name', () => {
    const target = tree({ a: { ...file, type: 'file' }, b: node('hardlink', 'a') });
    removeEntry(target, 'a');
    expect(treePaths(target)).toEqual(['', 'b']);
    expect(target.get('b')).toMatchObject({ type: 'file', size: 1 });
  });
});

describe('makeFolders', () => {
  it('keeps what is there', () => {
    const target = tree({ home: { ...node('directory'), mode: 0o711 } });
    expect(makeFolders(target, '/home/ada', 5)).toBe('home/ada');
    expect(target.get('home')).toMatchObject({ mode: 0o711, mtime: 1 });
  });
});

describe('treePaths', () => {
  it('orders by bytes, a folder before what is in it', () => {
    const target = tree({
      'a/b': node('file'),
      a: node('directory'),
      'a-b': node('file'),
      'a\xe9': node('file'),
      B: node('file'),
    });
    expect(treePaths(target)).toEqual(['', 'B', 'a', 'a-b', 'a/b', 'a\xe9']);
  });
});

import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { latin1Text } from '../../domain/image-bytes.ts';
import type { Tree, TreeNode } from '../../domain/image-tree.ts';

/**
 * Reads a tree from the disk, not following symlinks. Names are bytes. Names of one inode after the first
 * become hard links to it. `xattrs` are given by path (latin1, without the leading slash).
 */
export function readTree(top: string, xattrs: ReadonlyMap<string, TreeNode['xattrs']>): Tree {
  const tree: Tree = new Map();
  const firstNames = new Map<string, string>();
  const visit = (path: string): void => {
    const place = `${top}/${path}`;
    const found = lstatSync(Buffer.from(place, 'latin1'), { bigint: true });
    const known = found.nlink > 1n && !found.isDirectory() ? firstNames.get(inodeOf(found)) : undefined;
    const attributes = xattrs.get(path);
    const node =
      known === undefined ? treeNode(found, place) : { ...treeNode(found, place), ...hardLink(known) };
    tree.set(path, attributes === undefined ? node : { ...node, xattrs: attributes });
    if (known === undefined && found.nlink > 1n) firstNames.set(inodeOf(found), path);
    if (!found.isDirectory()) return;
    const names = readdirSync(Buffer.from(place, 'latin1'), { encoding: 'buffer' }).map(latin1Text);
    for (const name of names.sort()) visit(path === '' ? name : `${path}/${name}`);
  };
  visit('');
  return tree;
}

function inodeOf(found: BigIntStats): string {
  return `${found.dev}:${found.ino}`;
}

function hardLink(first: string): Pick<TreeNode, 'type' | 'target'> {
  return { type: 'hardlink', target: first };
}

function treeNode(found: BigIntStats, place: string): TreeNode {
  const common = {
    mode: Number(found.mode & 0o7777n),
    uid: Number(found.uid),
    gid: Number(found.gid),
    mtime: Number(found.mtimeMs / 1000n),
    size: 0,
  };
  if (found.isFile()) {
    return { ...common, type: 'file', size: Number(found.size), content: { kind: 'path', path: place } };
  }
  if (found.isDirectory()) return { ...common, type: 'directory' };
  if (found.isSymbolicLink()) {
    const target = latin1Text(readlinkSync(Buffer.from(place, 'latin1'), { encoding: 'buffer' }));
    return { ...common, type: 'symlink', mode: 0o777, target };
  }
  if (found.isFIFO()) return { ...common, type: 'fifo' };
  if (found.isSocket()) return { ...common, type: 'socket' };
  // glibc's split of dev_t: 12 + 20 bits of the major, 8 + 12 of the minor.
  const major = Number(((found.rdev >> 8n) & 0xfffn) | ((found.rdev >> 32n) & ~0xfffn));
  const minor = Number((found.rdev & 0xffn) | ((found.rdev >> 12n) & ~0xffn));
  return { ...common, type: found.isBlockDevice() ? 'block' : 'char', device: { major, minor } };
}

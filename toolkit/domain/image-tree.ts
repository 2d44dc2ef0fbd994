import { latin1Bytes } from './image-bytes.ts';
import type { DeviceNumbers, EntryType, ManifestEntry, Xattr } from './manifest.ts';
import type { DataRun } from './zero-runs.ts';

/** Where the bytes of a file are: here, or in a file of the machine (absolute path, latin1). */
export type TreeContent =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'path'; readonly path: string };

/**
 * One object of a tree that is still being put together. Paths are bytes as latin1 text, without a leading
 * slash; the root directory is the empty path.
 */
export interface TreeNode {
  readonly type: EntryType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly size: number;
  /** Of a symlink as it is written; of a hard link the path of its first name. Latin1. */
  readonly target?: string;
  readonly device?: DeviceNumbers;
  readonly xattrs?: readonly Xattr[];
  /** Of a file. */
  readonly content?: TreeContent;
  /** Of a file with holes, where it has something else than zeros: known when it was read. */
  readonly data?: readonly DataRun[];
}

/** A tree by path. It is changed in memory only; the disk it was read from stays as it is. */
export type Tree = Map<string, TreeNode>;

/** Paths in the order of their bytes: a directory comes before what is in it. */
export function treePaths(tree: Tree): string[] {
  // Latin1 text sorts by code unit, which is by byte.
  return [...tree.keys()].sort();
}

/** What a manifest says of a node, without its content's digest. */
export function manifestEntry(path: string, node: TreeNode): ManifestEntry {
  return {
    path: latin1Bytes(path),
    type: node.type,
    mode: node.mode,
    uid: node.uid,
    gid: node.gid,
    mtime: node.mtime,
    size: node.type === 'file' ? node.size : 0,
    ...(node.target === undefined ? {} : { target: latin1Bytes(node.target) }),
    ...(node.device === undefined ? {} : { device: node.device }),
    xattrs: node.xattrs ?? [],
  };
}

/**
 * The path that an absolute path leads to when every symlink on the way is followed inside the tree, as
 * `chroot` would; the last part need not be there. Throws `Error` on a loop.
 */
export function resolveInTree(tree: Tree, path: string): string {
  let pending = path.split('/').filter((part) => part !== '' && part !== '.');
  let resolved: string[] = [];
  for (let links = 0; pending.length > 0; ) {
    const part = pending.shift()!;
    if (part === '..') {
      resolved.pop();
      continue;
    }
    const node = tree.get([...resolved, part].join('/'));
    if (node?.type !== 'symlink') {
      resolved.push(part);
      continue;
    }
    links += 1;
    if (links > 40) throw new Error(`/${path}: too many symbolic links`);
    const target = node.target ?? '';
    if (target.startsWith('/')) resolved = [];
    pending = [...target.split('/').filter((name) => name !== '' && name !== '.'), ...pending];
  }
  return resolved.join('/');
}

/** Puts a file at a path, following symlinks of its folders; missing folders are made, mode 0755, of root. */
export function putFile(tree: Tree, path: string, file: Omit<TreeNode, 'type'>): void {
  const place = makePlace(tree, path, file.mtime);
  detachHardLinks(tree, place);
  tree.set(place, { ...file, type: 'file' });
}

/** Puts a symbolic link at a path as `putFile` does a file, in the place of another one or of a file. */
export function putLink(tree: Tree, path: string, target: string, mtime: number): string {
  const place = makePlace(tree, path, mtime);
  removeEntry(tree, place);
  tree.set(place, { type: 'symlink', mode: 0o777, uid: 0, gid: 0, mtime, size: 0, target });
  return place;
}

/** Where something that is no folder goes, whose folders are made. Throws `Error` where there is a folder. */
function makePlace(tree: Tree, path: string, mtime: number): string {
  const slash = path.lastIndexOf('/');
  const folder = makeFolders(tree, path.slice(0, Math.max(slash, 0)), mtime);
  const name = path.slice(slash + 1);
  const place = folder === '' ? name : `${folder}/${name}`;
  if (tree.get(place)?.type === 'directory') throw new Error(`/${place} is a directory`);
  return place;
}

/** The folder at a path, made with its parents where it is missing. Returns its resolved path. */
export function makeFolders(tree: Tree, path: string, mtime: number): string {
  let folder = '';
  for (const part of path.split('/').filter((name) => name !== '')) {
    folder = resolveInTree(tree, `${folder}/${part}`);
    const node = tree.get(folder);
    if (node === undefined)
      tree.set(folder, { type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime, size: 0 });
    else if (node.type !== 'directory') throw new Error(`/${folder} is not a directory`);
  }
  return folder;
}

/** Removes one object that has nothing below it. The first name of a hard link hands its content to the next. */
export function removeEntry(tree: Tree, path: string): void {
  detachHardLinks(tree, path);
  tree.delete(path);
}

/** Where other names are links to this one, the first of them becomes the file. */
function detachHardLinks(tree: Tree, path: string): void {
  const first = tree.get(path);
  if (first === undefined || first.type === 'hardlink' || first.type === 'directory') return;
  const names = [...tree]
    .filter(([, node]) => node.type === 'hardlink' && node.target === path)
    .map(([name]) => name);
  const [heir, ...others] = names.sort();
  if (heir === undefined) return;
  tree.set(heir, first);
  for (const name of others) tree.set(name, { ...tree.get(name)!, target: heir });
}

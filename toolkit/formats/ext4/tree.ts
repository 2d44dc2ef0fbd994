import { buildError } from '../../domain/errors.ts';
import type { ManifestEntry } from '../../domain/manifest.ts';
import { FIRST_FREE_INODE, INODES } from './constants.ts';

/** An inode of the tree. */
export interface TreeInode {
  readonly entry: ManifestEntry;
  readonly inode: number;
  links: number;
  /** Of a directory: itself, or what it is in. */
  readonly parent: TreeInode | undefined;
  /** Of a directory: what is in it, sorted by name. */
  readonly names: Name[] | undefined;
}

export interface Name {
  /** Whole path; the name is its end from `from` on. Views of a million names would take more than the names. */
  readonly path: Uint8Array;
  readonly from: number;
  readonly node: TreeInode;
}

/** All inodes of a tree, by number: the root, lost+found, then the others from 12. */
export type Inodes = readonly TreeInode[];

const SLASH = 0x2f;
const DOT = 0x2e;
const LOST_AND_FOUND = 'lost+found';

/**
 * Gives the entries inodes, by their paths and whatever order they come in. A lost+found is made (mode 0700,
 * of root, of the time `epoch`) where there is none. Throws `EXT4_TREE` for what is no tree: a path twice, a
 * directory that is not there, a name that cannot be, a link to nothing, too many links.
 */
export function planTree(unsorted: readonly ManifestEntry[], epoch: number, maxLinks: number): Inodes {
  const entries = withLostAndFound(sorted(unsorted), epoch);
  const targets = linkTargets(entries);
  const directories = new Map<string, TreeInode>();
  const inodes: TreeInode[] = [];
  const nodes: (TreeInode | undefined)[] = [];
  let next = FIRST_FREE_INODE;
  for (const entry of entries) {
    if (entry.type === 'hardlink') {
      nodes.push(undefined);
      continue;
    }
    const path = latin1(entry.path);
    const special = path === '' ? INODES.root : path === LOST_AND_FOUND ? INODES.lostAndFound : undefined;
    const isDirectory = entry.type === 'directory';
    if (special !== undefined && !isDirectory) throw treeError(entry.path, 'has to be a directory');
    const node: TreeInode = {
      entry,
      inode: special ?? next,
      links: isDirectory ? 2 : 0,
      parent: isDirectory && path !== '' ? parentOf(entry, directories) : undefined,
      names: isDirectory ? [] : undefined,
    };
    if (special === undefined) next += 1;
    if (isDirectory) directories.set(path, node);
    if (targets.has(path)) targets.set(path, node);
    inodes.push(node);
    nodes.push(node);
  }
  addNames(entries, nodes, directories, targets, maxLinks);
  return inodes.sort((a, b) => a.inode - b.inode);
}

function addNames(
  entries: readonly ManifestEntry[],
  nodes: readonly (TreeInode | undefined)[],
  directories: ReadonlyMap<string, TreeInode>,
  targets: ReadonlyMap<string, TreeInode | undefined>,
  maxLinks: number,
): void {
  for (const [index, entry] of entries.entries()) {
    const { path } = entry;
    if (path.length === 0) continue;
    const from = path.lastIndexOf(SLASH) + 1;
    if (!isName(path, from)) throw treeError(path, 'is no name for a file');
    const node = nodes[index] ?? targets.get(latin1(entry.target ?? new Uint8Array()));
    if (node === undefined || (entry.type === 'hardlink' && node.names !== undefined)) {
      throw treeError(path, 'is a hard link to no file');
    }
    const parent = parentOf(entry, directories);
    parent.names!.push({ path, from, node });
    if (node.names !== undefined) parent.links += 1;
    else node.links += 1;
    if (node.names === undefined && node.links > maxLinks) {
      throw treeError(path, `is one name too many: a file has ${maxLinks} at most`);
    }
  }
}

function isName(path: Uint8Array, from: number): boolean {
  const length = path.length - from;
  if (length === 0 || length > 255 || path.includes(0, from)) return false;
  return length > 2 || path.subarray(from).some((byte) => byte !== DOT);
}

function parentOf(entry: ManifestEntry, directories: ReadonlyMap<string, TreeInode>): TreeInode {
  const slash = entry.path.lastIndexOf(SLASH);
  const parent = directories.get(latin1(entry.path.subarray(0, Math.max(slash, 0))));
  if (parent === undefined) throw treeError(entry.path, 'is in no directory');
  return parent;
}

/** Paths that hard links name; what they are is filled in later. */
function linkTargets(entries: readonly ManifestEntry[]): Map<string, TreeInode | undefined> {
  const targets = new Map<string, TreeInode | undefined>();
  for (const { type, target } of entries) {
    if (type === 'hardlink' && target !== undefined) targets.set(latin1(target), undefined);
  }
  return targets;
}

function sorted(entries: readonly ManifestEntry[]): readonly ManifestEntry[] {
  const isOrdered = (list: readonly ManifestEntry[]) =>
    list.findIndex((entry, index) => index > 0 && Buffer.compare(list[index - 1]!.path, entry.path) >= 0);
  if (isOrdered(entries) < 0) return entries;
  const ordered = entries.toSorted((a, b) => Buffer.compare(a.path, b.path));
  const twice = isOrdered(ordered);
  if (twice >= 0) throw treeError(ordered[twice]!.path, 'is there twice');
  return ordered;
}

function withLostAndFound(entries: readonly ManifestEntry[], epoch: number): readonly ManifestEntry[] {
  if (entries[0]?.path.length !== 0) throw treeError(new Uint8Array(), 'is missing');
  const path = Buffer.from(LOST_AND_FOUND);
  const at = entries.findIndex((entry) => Buffer.compare(entry.path, path) >= 0);
  if (at >= 0 && Buffer.compare(entries[at]!.path, path) === 0) return entries;
  const made: ManifestEntry = {
    ...{ path, type: 'directory', mode: 0o700, uid: 0, gid: 0, mtime: epoch, size: 0, xattrs: [] },
  };
  return at < 0 ? [...entries, made] : entries.toSpliced(at, 0, made);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

function treeError(path: Uint8Array, what: string): Error {
  return buildError('EXT4_TREE', `/${Buffer.from(path).toString()} ${what}.`);
}

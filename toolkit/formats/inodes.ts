import { latin1Text } from '../domain/image-bytes.ts';
import type { ManifestEntry } from '../domain/manifest.ts';

/** A name of a file in a folder. */
export interface Link {
  readonly name: Uint8Array;
  /** Inode of the folder. */
  readonly parent: number;
  /** Where the name stands among those of the folder. */
  readonly index: number;
  readonly node: Inode;
}

/** A file of the tree with all its names. */
export interface Inode {
  readonly inode: number;
  readonly entry: ManifestEntry;
  readonly links: Link[];
  /** Of a folder: what is in it, sorted by name. */
  readonly names: Link[];
}

const SLASH = 0x2f;
/** The first two are those of `.` and `..`. */
const FIRST_INDEX = 2;

/** What a file system wants of its inodes. */
export interface InodeRules {
  /** Number of the root; the others count from it. */
  readonly first: number;
  readonly mostLinks: number;
  /** Of what is wrong with a path. */
  readonly error: (path: Uint8Array, what: string) => Error;
}

/**
 * Numbers what a tree holds, in the order of the paths: the root first. Throws the rules' error for what is no tree: a
 * path twice, a folder that is not there, a name that cannot be, a link to nothing.
 */
export function planInodes(unsorted: readonly ManifestEntry[], rules: InodeRules): readonly Inode[] {
  const { first, error: treeError } = rules;
  const entries = unsorted.toSorted((a, b) => Buffer.compare(a.path, b.path));
  if (entries[0]?.path.length !== 0) throw treeError(new Uint8Array(), 'is missing');
  const byPath = new Map<string, Inode>();
  const inodes: Inode[] = [];
  for (const entry of entries) {
    if (entry.type === 'hardlink') continue;
    const path = latin1Text(entry.path);
    if (byPath.has(path)) throw treeError(entry.path, 'is there twice');
    const node = { inode: first + inodes.length, entry, links: [], names: [] };
    byPath.set(path, node);
    inodes.push(node);
  }
  for (const entry of entries) if (entry.path.length > 0) addName(entry, byPath, rules);
  return inodes;
}

function addName(
  entry: ManifestEntry,
  byPath: ReadonlyMap<string, Inode>,
  { mostLinks, error: treeError }: InodeRules,
): void {
  const { path, type, target } = entry;
  const slash = path.lastIndexOf(SLASH);
  const name = path.subarray(slash + 1);
  if (name.length === 0 || name.length > 255 || name.includes(0) || ['.', '..'].includes(latin1Text(name))) {
    throw treeError(path, 'is no name for a file');
  }
  const folder = byPath.get(latin1Text(path.subarray(0, Math.max(slash, 0))));
  if (folder?.entry.type !== 'directory') throw treeError(path, 'is in no directory');
  const node = byPath.get(latin1Text(type === 'hardlink' ? (target ?? new Uint8Array()) : path));
  if (node === undefined || (type === 'hardlink' && node.entry.type === 'directory')) {
    throw treeError(path, 'is a hard link to no file');
  }
  const link = { name, parent: folder.inode, index: FIRST_INDEX + folder.names.length, node };
  folder.names.push(link);
  node.links.push(link);
  if (node.links.length > mostLinks) {
    throw treeError(path, `is one name too many: a file has ${mostLinks} at most`);
  }
}

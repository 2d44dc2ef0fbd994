import { latin1Bytes, latin1Text } from '../../domain/image-bytes.ts';
import type { ManifestEntry } from '../../domain/manifest.ts';
import { sameContent } from './same-content.ts';

/** A tree with what is in its files. */
export interface OverlayTree {
  /** Sorted by path; the root directory may be missing. */
  readonly entries: readonly ManifestEntry[];
  readonly content: (entry: ManifestEntry) => AsyncIterable<Uint8Array>;
}

/**
 * What the upper directory of an overlay over `base` has so that all together is `tree`: whole files, also where only
 * their attributes differ, the folders around them, and a whiteout, a character device 0:0 of time `epoch`, for what
 * is no more. Hard links of one file come together. Throws what reading throws. Source: Linux, filesystems/overlayfs;
 * docs/formats/overlay.md.
 */
export async function overlayTree(base: OverlayTree, tree: OverlayTree, epoch: number): Promise<OverlayTree> {
  const below = new Names(base.entries);
  const names = new Names(tree.entries);
  const changed = new Set<string>();
  for (const group of names.groups) {
    if (!(await isSame(group, names, below, tree, base))) for (const path of group) changed.add(path);
  }
  const whiteouts = [...below.byPath.keys()].filter((path) => {
    const isKnown = path === '' || names.byPath.has(path);
    return !isKnown && names.byPath.get(parentOf(path))?.type === 'directory';
  });
  const wanted = new Set(['', ...changed]);
  for (const path of [...changed, ...whiteouts]) {
    for (let at = path; at !== ''; ) {
      at = parentOf(at);
      wanted.add(at);
    }
  }
  const sources = new Map<ManifestEntry, ManifestEntry>();
  for (const entry of tree.entries) {
    const path = latin1Text(entry.path);
    if (wanted.has(path)) sources.set({ ...entry, mtime: Math.floor(entry.mtime) }, entry);
  }
  const entries = [...sources.keys(), ...whiteouts.map((path) => whiteout(path, epoch))];
  return {
    entries: entries.sort((a, b) => Buffer.compare(a.path, b.path)),
    content: (entry) => tree.content(sources.get(entry)!),
  };
}

/** Whether the names of one file, or a single name of anything else, are in both trees with the same under them. */
async function isSame(
  group: readonly string[],
  names: Names,
  below: Names,
  tree: OverlayTree,
  base: OverlayTree,
): Promise<boolean> {
  const [first] = group;
  const [entry, old] = [names.fileOf(first!), below.byPath.has(first!) ? below.fileOf(first!) : undefined];
  if (old === undefined || factsOf(entry) !== factsOf(old)) return false;
  if (group.join('\0') !== below.groupOf(first!).join('\0')) return false;
  return entry.type !== 'file' || (await sameContent(tree.content(entry), base.content(old)));
}

/** All of an entry but its name, its other names and its content. */
function factsOf({ type, mode, uid, gid, mtime, size, target, device, xattrs }: ManifestEntry): string {
  const own = target === undefined ? '' : latin1Text(target);
  const attributes = xattrs.map(({ name, value }) => [name, latin1Text(value)]);
  return JSON.stringify([
    ...[type, mode, uid, gid, Math.floor(mtime), type === 'file' ? size : 0, own],
    ...[device?.major, device?.minor, attributes],
  ]);
}

function whiteout(path: string, mtime: number): ManifestEntry {
  return {
    ...{ path: latin1Bytes(path), type: 'char', mode: 0, uid: 0, gid: 0, mtime, size: 0 },
    ...{ device: { major: 0, minor: 0 }, xattrs: [] },
  };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

/** The entries of a tree by their paths, as latin1, and which of them are names of one file. */
class Names {
  readonly byPath = new Map<string, ManifestEntry>();
  readonly #groups = new Map<string, string[]>();

  constructor(entries: readonly ManifestEntry[]) {
    for (const entry of entries) {
      const path = latin1Text(entry.path);
      this.byPath.set(path, entry);
      const first = entry.type === 'hardlink' ? latin1Text(entry.target!) : path;
      const group = this.#groups.get(first);
      if (group === undefined) this.#groups.set(first, [path]);
      else group.push(path);
    }
  }

  get groups(): Iterable<readonly string[]> {
    return this.#groups.values();
  }

  groupOf(path: string): readonly string[] {
    return this.#groups.get(this.#firstOf(path)) ?? [];
  }

  /** The entry that a path stands for: of a hard link the file. */
  fileOf(path: string): ManifestEntry {
    return this.byPath.get(this.#firstOf(path))!;
  }

  #firstOf(path: string): string {
    const entry = this.byPath.get(path);
    return entry?.type === 'hardlink' ? latin1Text(entry.target!) : path;
  }
}

import { usageError } from '../../domain/errors.ts';
import { bytePath, latin1Bytes, latin1Text } from '../../domain/image-bytes.ts';
import type { TreeSize } from '../../domain/image-job.ts';
import { DOCUMENTATION } from '../../domain/image-partitions.ts';
import type { ManifestEntry } from '../../domain/manifest.ts';
import { holeBlocks } from '../../domain/zero-runs.ts';

/** What a partition holds of a tree. */
export interface VolumeTree {
  /** Sorted; paths count from the mount point. */
  readonly entries: readonly ManifestEntry[];
  /** The file of the whole tree whose content an entry has. */
  readonly contentOf: (entry: ManifestEntry) => ManifestEntry;
}

/** The part of what is left out: no mount point is called so. */
const NOWHERE = { mount: '', path: '' } as const;
const NO_XATTRS: ManifestEntry['xattrs'] = [];

/**
 * Divides a tree among mount points: each gets what is below it and below no other. The folder that is mounted at
 * stays, empty, in the tree around it; it is made where nobody has it. A hard link whose first name is in another
 * part becomes a file of its own. What `withoutDocs` names gets no documentation. `epoch` is the time of what is made. Throws `IMAGE_MOUNT` for a mount point that
 * is no folder.
 */
export function volumeTrees(
  entries: readonly ManifestEntry[],
  mounts: readonly string[],
  epoch: number,
  withoutDocs: ReadonlySet<string> = new Set(),
): ReadonlyMap<string, VolumeTree> {
  // The longest first: the first that matches is the nearest.
  const places = mounts
    .map((mount) => ({ mount, path: bytePath(mount.slice(1)) }))
    .sort((a, b) => b.path.length - a.path.length);
  const builders = new Map(mounts.map((mount) => [mount, new TreeBuilder()]));
  const dropped = new TreeBuilder();
  const homeOf = (path: string) => {
    const place = places.find((one) => isIn(path, one.path)) ?? places.at(-1)!;
    return withoutDocs.has(place.mount) && isDocumentation(path) ? NOWHERE : place;
  };
  const byPath = new Map<string, ManifestEntry>();
  for (const entry of entries) if (entry.type === 'file') byPath.set(latin1Text(entry.path), entry);
  for (const entry of withFolders(entries, places, epoch)) {
    const path = latin1Text(entry.path);
    const { mount, path: top } = homeOf(path);
    const builder = builders.get(mount) ?? dropped;
    builder.add(entry, cut(path, top), (target) => ({
      inside: homeOf(target).mount === mount ? cut(target, top) : undefined,
      key: target,
      file: byPath.get(target),
    }));
    if (path !== top || top === '') continue;
    // The folder itself: here it is the root, and a folder of the tree around it.
    const around = places.find((place) => place.mount !== mount && isIn(path, place.path));
    if (around !== undefined) {
      builders.get(around.mount)!.add({ ...entry }, cut(path, around.path), () => undefined);
    }
  }
  return new Map([...builders].map(([mount, builder]) => [mount, builder.tree()]));
}

/** Where manuals and the like are; licences are elsewhere. */
function isDocumentation(path: string): boolean {
  return DOCUMENTATION.some((folder) => path.length > folder.length && `/${path}`.startsWith(`${folder}/`));
}

/** A root directory of nothing. */
export function emptyTree(epoch: number): VolumeTree {
  return { entries: [folder('', epoch)], contentOf: (entry) => entry };
}

/** Blocks and entries of a part of a tree, as they are counted of a whole one. */
export function entriesSize(entries: readonly ManifestEntry[]): TreeSize {
  let bytes = 0;
  let blocks = 0;
  let holes = 0;
  for (const entry of entries) {
    const { type, size, path, target, xattrs } = entry;
    if (type === 'file') bytes += size;
    if (type === 'file') blocks += Math.ceil(size / 4096);
    if (type === 'file') holes += holeBlocks(entry);
    if (type === 'directory') blocks += 1;
    if (type === 'symlink' && (target?.length ?? 0) >= 60) blocks += 1;
    if (xattrs.length > 0) blocks += 1;
    blocks += (8 + path.length - path.lastIndexOf(0x2f)) / 4096;
  }
  return { entries: entries.length, bytes, blocks: Math.ceil(blocks), holes };
}

interface LinkPlace {
  /** Path of the first name in this part; undefined: it is in another one. */
  readonly inside: string | undefined;
  readonly key: string;
  readonly file: ManifestEntry | undefined;
}

class TreeBuilder {
  readonly #entries: ManifestEntry[] = [];
  readonly #contents = new Map<ManifestEntry, ManifestEntry>();
  /** First names here of files whose first name is in another part. */
  readonly #copies = new Map<string, Uint8Array>();

  add(entry: ManifestEntry, path: string, linkOf: (target: string) => LinkPlace | undefined): void {
    const moved = this.#moved(entry, latin1Bytes(path), linkOf);
    this.#entries.push(moved.entry);
    if (moved.content !== undefined) this.#contents.set(moved.entry, moved.content);
  }

  tree(): VolumeTree {
    const contents = this.#contents;
    const entries = this.#entries.sort((a, b) => Buffer.compare(a.path, b.path));
    return { entries, contentOf: (entry) => contents.get(entry) ?? entry };
  }

  #moved(
    entry: ManifestEntry,
    path: Uint8Array,
    linkOf: (target: string) => LinkPlace | undefined,
  ): { readonly entry: ManifestEntry; readonly content?: ManifestEntry } {
    if (entry.type === 'file') return { entry: { ...entry, path }, content: entry };
    const link = entry.type === 'hardlink' ? linkOf(latin1Text(entry.target!)) : undefined;
    if (link === undefined) return { entry: { ...entry, path } };
    if (link.inside !== undefined) return { entry: { ...entry, path, target: latin1Bytes(link.inside) } };
    const first = this.#copies.get(link.key);
    if (first !== undefined) return { entry: { ...entry, path, target: first } };
    this.#copies.set(link.key, path);
    if (link.file === undefined) throw new Error(`${link.key} is no file`);
    return { entry: { ...link.file, path }, content: link.file };
  }
}

/** With the folders that are mounted at and those that they are in. */
function withFolders(
  entries: readonly ManifestEntry[],
  places: readonly { readonly mount: string; readonly path: string }[],
  epoch: number,
): readonly ManifestEntry[] {
  const wanted = new Set<string>();
  for (const { path } of places) {
    for (let at = path.length; at > 0; at = path.lastIndexOf('/', at - 1)) wanted.add(path.slice(0, at));
  }
  for (const entry of entries) {
    const path = latin1Text(entry.path);
    if (!wanted.delete(path) || entry.type === 'directory') continue;
    throw usageError(
      'IMAGE_MOUNT',
      `/${path} is a ${entry.type} of the image: nothing can be mounted there`,
      {
        hint: 'Mount the partition at a folder, or at a path that is not there.',
      },
    );
  }
  const made = [...wanted].map((path) => folder(path, epoch));
  if (made.length === 0) return entries;
  return [...entries, ...made].sort((a, b) => Buffer.compare(a.path, b.path));
}

function folder(path: string, mtime: number): ManifestEntry {
  return {
    ...{ path: latin1Bytes(path), type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime, size: 0 },
    xattrs: NO_XATTRS,
  };
}

function isIn(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}

function cut(path: string, folder: string): string {
  return folder === '' ? path : path.slice(folder.length + 1);
}

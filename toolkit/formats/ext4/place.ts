import { buildError } from '../../domain/errors.ts';
import type { ManifestEntry } from '../../domain/manifest.ts';
import { type Extent, normalizeExtents } from '../image.ts';
import { BLOCK, INODES } from './constants.ts';
import { type ContentMap, emptyMap, planMap } from './content-map.ts';
import { type DirectoryPlan, planDirectory } from './directory.ts';
import type { HashName } from './dirhash.ts';
import { extentsFrom, type FileExtent } from './extent-tree.ts';
import type { ExtForm } from './form.ts';
import { INODE_BLOCK_SIZE } from './inode.ts';
import type { Space } from './space.ts';
import type { Inodes, TreeInode } from './tree.ts';
import { planXattrs } from './xattr.ts';

/** Runs of a file that may hold something else than zeros; all of it where undefined. In bytes. */
export type DataOf = (entry: ManifestEntry) => readonly Extent[] | undefined;

/** An inode and where what belongs to it is. */
export interface PlacedInode {
  readonly node: TreeInode;
  content: ContentMap;
  readonly directory: DirectoryPlan | undefined;
  /** Block of its extended attributes, or 0. */
  xattrBlock: number;
}

/** Everything of a file system that is in no zone, in the order of its blocks. */
export interface Placement {
  /** Block of the inode for growing. */
  readonly resize: number;
  /** By number. */
  readonly inodes: readonly PlacedInode[];
  readonly journal: ContentMap;
}

/** e2fsck must not look for blocks when it finds something lost. */
const LOST_AND_FOUND_BLOCKS = 4;
const MAX_TARGET = BLOCK - 1;
const MAX_MAJOR = 2 ** 12 - 1;
const MAX_MINOR = 2 ** 20 - 1;

/**
 * Gives all their blocks: directories, attributes and long symlinks, the journal, then the files by their paths. So
 * the small things that a boot reads are together, and a file is in one piece but for the zones. Throws
 * `EXT4_LINK`, `EXT4_DEVICE`, `EXT4_XATTR` and `IMAGE_EXTENTS`.
 */
export function placeInodes(
  inodes: Inodes,
  space: Space,
  hashOf: HashName,
  journalBlocks: number,
  dataOf: DataOf,
  form: ExtForm,
): Placement {
  const resize = space.take(1)[0]!.start;
  const placed = inodes.map((node): PlacedInode => {
    if (node.names === undefined) {
      return { node, content: emptyMap(form), directory: undefined, xattrBlock: 0 };
    }
    const least = node.inode === INODES.lostAndFound ? LOST_AND_FOUND_BLOCKS : 1;
    const directory = planDirectory(node, hashOf, least, form.hasChecksums);
    return { node, content: placeBlocks(directory.blocks, space, form), directory, xattrBlock: 0 };
  });
  for (const inode of placed) {
    const { entry } = inode.node;
    checkDevice(entry);
    if (planXattrs(entry).block !== undefined) inode.xattrBlock = space.take(1)[0]!.start;
    if (isSlowSymlink(entry)) inode.content = placeBlocks(1, space, form);
  }
  const journal = form.hasJournal ? placeBlocks(journalBlocks, space, form) : emptyMap(form);
  for (const inode of placed) {
    const { entry } = inode.node;
    if (entry.type === 'file' && entry.size > 0) {
      inode.content = placeFile(entry, dataOf(entry), space, form);
    }
  }
  return { resize, inodes: placed, journal };
}

/** Whether a symlink's target does not fit into its inode. Throws `EXT4_LINK` where it fits nowhere. */
export function isSlowSymlink({ type, path, target }: ManifestEntry): boolean {
  if (type !== 'symlink') return false;
  const length = target?.length ?? 0;
  if (length === 0 || length > MAX_TARGET) {
    const name = Buffer.from(path).toString();
    throw buildError('EXT4_LINK', `/${name} leads to ${length} bytes; it must be 1 to ${MAX_TARGET}.`);
  }
  return length >= INODE_BLOCK_SIZE;
}

/** Throws `EXT4_DEVICE` for a device without numbers, or with larger ones than Linux has. */
function checkDevice({ type, path, device }: ManifestEntry): void {
  if (type !== 'char' && type !== 'block') return;
  const isWithin = (value: number, most: number) =>
    Number.isSafeInteger(value) && value >= 0 && value <= most;
  if (device !== undefined && isWithin(device.major, MAX_MAJOR) && isWithin(device.minor, MAX_MINOR)) return;
  const numbers = device === undefined ? 'none' : `${device.major}:${device.minor}`;
  const name = Buffer.from(path).toString();
  throw buildError('EXT4_DEVICE', `/${name} is a device whose numbers are ${numbers}.`);
}

function placeBlocks(count: number, space: Space, form: ExtForm): ContentMap {
  return planMap(extentsFrom(0, space.take(count)), space, form);
}

function placeFile(
  entry: ManifestEntry,
  data: readonly Extent[] | undefined,
  space: Space,
  form: ExtForm,
): ContentMap {
  if (data === undefined) return placeBlocks(Math.ceil(entry.size / BLOCK), space, form);
  const extents: FileExtent[] = [];
  let from = 0;
  for (const { offset, length } of normalizeExtents(data, entry.size)) {
    from = Math.max(from, Math.floor(offset / BLOCK));
    const to = Math.ceil((offset + length) / BLOCK);
    extents.push(...extentsFrom(from, space.take(Math.max(to - from, 0))));
    from = Math.max(from, to);
  }
  return planMap(joined(extents), space, form);
}

/** One after the other in the file and on the disk is one extent. */
function joined(extents: readonly FileExtent[]): FileExtent[] {
  const list: FileExtent[] = [];
  for (const extent of extents) {
    const last = list.at(-1);
    const follows =
      last !== undefined &&
      last.logical + last.length === extent.logical &&
      last.start + last.length === extent.start;
    if (follows) list[list.length - 1] = { ...last, length: last.length + extent.length };
    else list.push(extent);
  }
  return list;
}

import type { ManifestEntry } from '../../domain/manifest.ts';
import { MODE_TYPES } from '../modes.ts';
import type { Seed } from './checksum.ts';
import { BLOCK, INODE_FLAGS, INODE_SIZE, INODES } from './constants.ts';
import { type ContentMap, writeMap } from './content-map.ts';
import type { ExtForm } from './form.ts';
import type { Geometry } from './geometry.ts';
import { INODE_BLOCK_SIZE, type InodeFields, writeDevice, writeInode } from './inode.ts';
import { isSlowSymlink, type PlacedInode, type Placement } from './place.ts';
import { DOUBLE_INDIRECT, resizeFields } from './resize.ts';
import { planXattrs } from './xattr.ts';

const NO_XATTRS = new Uint8Array();

/** What the table of a group has, up to its last used inode. `seed` is the file system's. */
export function encodeInodeTable(
  geometry: Geometry,
  placement: Placement,
  group: number,
  epoch: number,
  seed: Seed,
): Buffer {
  const { inodesPerGroup, form } = geometry;
  const before = group * inodesPerGroup;
  const { inodes, journal, resize } = placement;
  const first = firstInode(inodes, before + 1);
  const last = Math.min(firstInode(inodes, before + inodesPerGroup + 1), inodes.length) - 1;
  const count = (inodes[last]?.node.inode ?? before) - before;
  const table = Buffer.alloc(Math.max(count, 0) * INODE_SIZE);
  const placeOf = (inode: number) => (inode - before - 1) * INODE_SIZE;
  for (let index = first; index <= last; index += 1) {
    const placed = inodes[index]!;
    const { inode, entry } = placed.node;
    const fields = fieldsOf(placed, epoch, form);
    writeInode(table, placeOf(inode), inode, fields, seed, (bytes, at) =>
      fillBlock(bytes, at, entry, placed),
    );
  }
  if (group === 0) {
    const growing = resizeFields(geometry, epoch);
    writeInode(table, placeOf(INODES.resize), INODES.resize, growing, seed, (bytes, at) => {
      bytes.writeUInt32LE(resize, at + DOUBLE_INDIRECT * 4);
    });
    if (form.hasJournal) {
      const fields = journalFields(journal, epoch, form);
      writeInode(table, placeOf(INODES.journal), INODES.journal, fields, seed, (bytes, at) => {
        writeMap(bytes, at, journal);
      });
    }
  }
  return table;
}

/** Bytes of the journal. */
export function journalSize({ extents }: ContentMap): number {
  return extents.reduce((sum, { length }) => sum + length, 0) * BLOCK;
}

function journalFields(journal: ContentMap, epoch: number, form: ExtForm): InodeFields {
  const size = journalSize(journal);
  return {
    mode: MODE_TYPES.file | 0o600,
    ...{ uid: 0, gid: 0, links: 1, mtime: epoch, changed: epoch, xattrBlock: 0, xattrs: NO_XATTRS, size },
    blocks: size / BLOCK + journal.blocks.length,
    flags: form.hasExtents ? INODE_FLAGS.extents : 0,
  };
}

function fieldsOf(
  { node, content, directory, xattrBlock }: PlacedInode,
  epoch: number,
  form: ExtForm,
): InodeFields {
  const { entry, links } = node;
  const { type } = entry;
  const hasExtents = form.hasExtents && (type === 'file' || type === 'directory' || isSlowSymlink(entry));
  const blocks = content.extents.reduce((sum, { length }) => sum + length, content.blocks.length);
  const isIndexed = directory?.index !== undefined;
  return {
    mode: MODE_TYPES[type] | (entry.mode & 0o7777),
    uid: entry.uid,
    gid: entry.gid,
    size: directory === undefined ? sizeOf(entry) : directory.blocks * BLOCK,
    links: directory !== undefined && links > form.maxLinks ? 1 : links,
    blocks: blocks + (xattrBlock === 0 ? 0 : 1),
    flags: (hasExtents ? INODE_FLAGS.extents : 0) | (isIndexed ? INODE_FLAGS.index : 0),
    mtime: entry.mtime,
    changed: epoch,
    xattrBlock,
    xattrs: planXattrs(entry).inInode,
  };
}

function sizeOf({ type, size, target }: ManifestEntry): number {
  if (type === 'symlink') return target?.length ?? 0;
  return type === 'file' ? size : 0;
}

function fillBlock(bytes: Buffer, at: number, entry: ManifestEntry, { content }: PlacedInode): void {
  const { type, target, device } = entry;
  if (type === 'symlink' && target !== undefined && target.length < INODE_BLOCK_SIZE) bytes.set(target, at);
  else if (type === 'char' || type === 'block') {
    writeDevice(bytes, at, device!.major, device!.minor);
  } else if (type === 'file' || type === 'directory' || type === 'symlink') writeMap(bytes, at, content);
}

/** Index of the first inode with at least this number. */
function firstInode(inodes: readonly PlacedInode[], inode: number): number {
  let low = 0;
  let high = inodes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (inodes[middle]!.node.inode >= inode) high = middle;
    else low = middle + 1;
  }
  return low;
}

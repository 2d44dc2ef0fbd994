import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { FileDigest } from '../../domain/digest.ts';
import { usageError } from '../../domain/errors.ts';
import { latin1Text } from '../../domain/image-bytes.ts';
import { readFatTree } from '../../formats/fat-tree.ts';
import { type OverlayTree, overlayTree } from '../../formats/overlay/index.ts';
import type { ByteSource } from '../../formats/source.ts';
import { writeTar } from '../../formats/tar/index.ts';
import { readArea } from '../../formats/volumes.ts';
import { type Making, rawDisk } from './making.ts';
import type { ArtifactPlan, DiskArea } from './types.ts';
import { fileSource, writeBytes, writeWhole } from './write.ts';

const LOST_AND_FOUND = 'lost+found';

/**
 * How the files of a partition differ from those of another one, which is a file of the user: a tar of the upper directory
 * of an overlay. Throws `OVERLAY_BASE` for a file that is no file system which is read, and what the formats throw.
 */
export async function makeOverlay(
  { path, area, base }: ArtifactPlan,
  making: Making,
  signal: AbortSignal,
): Promise<FileDigest> {
  if (area === undefined || base === undefined) throw new Error('a difference is asked for, and not of what');
  const { name } = making.request.config;
  await using raw = await open((await rawDisk(making)).path);
  await using old = await open(base);
  const { size } = await old.stat();
  const source = fileSource(old, signal);
  const inside: ByteSource = async (offset, length) => {
    if (offset + length <= size) return await source(offset, length);
    throw usageError('OVERLAY_BASE', `${name}: ${base} is cut off: byte ${offset + length} of it is wanted`, {
      hint: 'Make that image again.',
    });
  };
  const below = await treeOf(inside, { offset: 0, size }, `${name}: ${base}`);
  const tree = await treeOf(fileSource(raw, signal), area, `${name}: the partition of ${basename(path)}`);
  const { entries, content } = await overlayTree(below, tree, making.request.rootfs.epoch);
  const archive = writeTar(entries, content, { xattrs: 'both' });
  return await writeWhole(path, async (file) => await writeBytes(archive, file, signal));
}

async function treeOf(read: ByteSource, { offset, size }: DiskArea, what: string): Promise<OverlayTree> {
  const found = await readArea(read, { start: offset, size });
  if (found.kind === 'fat') return await readFatTree(found.files, false);
  if (found.kind === 'tree') {
    const { kind, entries, content } = found.files;
    const isOwn = ({ path }: (typeof entries)[number]): boolean => latin1Text(path) === LOST_AND_FOUND;
    return { entries: kind.startsWith('ext') ? entries.filter((entry) => !isOwn(entry)) : entries, content };
  }
  const holds = found.kind === 'other' ? found.what : found.kind;
  throw usageError('OVERLAY_BASE', `${what} is no file system whose files could be compared: ${holds}`, {
    hint: 'Name a partition as an artifact of the format raw or ext4: ext2 to ext4, xfs, btrfs, erofs, squashfs or FAT.',
  });
}

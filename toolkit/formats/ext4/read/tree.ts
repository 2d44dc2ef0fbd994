import type { EntryType, ManifestEntry } from '../../../domain/manifest.ts';
import type { Extent } from '../../image.ts';
import { MODE_TYPES } from '../../modes.ts';
import type { ByteSource } from '../../source.ts';
import { INODES } from '../constants.ts';
import type { FileExtent } from '../extent-tree.ts';
import type { ExtKind } from '../form.ts';
import { INODE_BLOCK_SIZE } from '../inode.ts';
import { dataRuns, fileBytes } from './content.ts';
import { readDirectory } from './directory.ts';
import { damaged } from './errors.ts';
import { readExtents } from './extents.ts';
import { inodeReader, type ReadInode, readDevice } from './inode.ts';
import { readVolume, type Volume } from './volume.ts';
import { readXattrs } from './xattr.ts';

/** A file system that was read. */
export interface Ext4Content {
  readonly kind: ExtKind;
  readonly uuid: string;
  readonly label: string;
  /** UUID that the hashes of names begin with. */
  readonly hashSeed: string;
  /** Bytes that it takes. */
  readonly size: number;
  /** Everything in it, sorted by path; files without their digests. */
  readonly entries: readonly ManifestEntry[];
  /** Content of one of its files, holes as zeros. */
  content(entry: ManifestEntry): AsyncIterable<Uint8Array>;
  /** Runs of one of its files that have blocks; the rest is zeros. In bytes, ascending, apart. */
  dataOf(entry: ManifestEntry): readonly Extent[];
}

/** What an inode says of itself, under whatever names. */
interface Known {
  readonly inode: number;
  readonly entry: Omit<ManifestEntry, 'path'>;
  /** Of a file. */
  readonly extents: readonly FileExtent[];
}

/** A name of the tree; the path is latin1 text. */
interface Found {
  readonly path: string;
  readonly known: Known;
}

const TYPE_MASK = 0o170000;
const MAX_TARGET = 4096;

/**
 * Reads the ext4 file system that begins `start` bytes into a source: what our writer, mke2fs and Linux wrote.
 * Checksums are verified, and nothing is repaired. Throws `EXT4_DAMAGED`, `EXT4_UNSUPPORTED` with the name of
 * what is not read, and `EXT4_JOURNAL` where it was not unmounted. Source: Linux, Documentation/filesystems/ext4.
 */
export async function readExt4(read: ByteSource, start = 0): Promise<Ext4Content> {
  const volume = await readVolume(read, start);
  const names = await readNames(volume);
  const extents = new Map<ManifestEntry, readonly FileExtent[]>();
  const firstNames = new Map<number, Uint8Array>();
  const entries = names.map(({ path, known }): ManifestEntry => {
    const bytes = Uint8Array.from(Buffer.from(path, 'latin1'));
    const target = firstNames.get(known.inode);
    if (target !== undefined) return { ...known.entry, path: bytes, type: 'hardlink', size: 0, target };
    firstNames.set(known.inode, bytes);
    const entry = { ...known.entry, path: bytes };
    if (entry.type === 'file') extents.set(entry, known.extents);
    return entry;
  });
  const extentsOf = (entry: ManifestEntry): readonly FileExtent[] => {
    const found = extents.get(entry);
    if (found === undefined) throw new Error('this is no file of this file system');
    return found;
  };
  return {
    ...{ kind: volume.kind, uuid: volume.uuid, label: volume.label, hashSeed: volume.hashSeed },
    ...{ size: volume.blocks * volume.blockSize, entries },
    content: (entry) => fileBytes(volume, extentsOf(entry), entry.size),
    dataOf: (entry) => dataRuns(extentsOf(entry), entry.size, volume),
  };
}

/** All names, sorted by the bytes of their paths. */
async function readNames(volume: Volume): Promise<Found[]> {
  const readInode = inodeReader(volume);
  const linked = new Map<number, Known>();
  const folders = new Set<number>([INODES.root]);
  const all: Found[] = [];
  const pending: { readonly prefix: string; readonly node: ReadInode }[] = [];
  const add = async (path: string, inode: number): Promise<void> => {
    const before = linked.get(inode);
    if (before !== undefined) {
      all.push({ path, known: before });
      return;
    }
    const node = await readInode(inode);
    if (node.links === 0) throw damaged(`/${path} names an inode that is not in use`);
    const known = await readKnown(volume, path, node);
    all.push({ path, known });
    if (known.entry.type === 'directory') pending.push({ prefix: path === '' ? '' : `${path}/`, node });
    else if (node.links > 1) linked.set(inode, known);
  };
  await add('', INODES.root);
  if (all[0]!.known.entry.type !== 'directory') throw damaged('its root is no directory');
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const { name, inode } of await readDirectory(volume, folder.node)) {
      const path = `${folder.prefix}${name}`;
      await add(path, inode);
      if (all.at(-1)!.known.entry.type !== 'directory') continue;
      if (folders.has(inode)) throw damaged(`/${path} is a directory that has another name already`);
      folders.add(inode);
    }
  }
  all.sort((a, b) => (a.path < b.path ? -1 : 1));
  const twice = all.findIndex(({ path }, index) => index > 0 && all[index - 1]!.path === path);
  if (twice >= 0) throw damaged(`/${all[twice]!.path} is there twice`);
  return all;
}

async function readKnown(volume: Volume, path: string, node: ReadInode): Promise<Known> {
  const type = typeOf(node);
  const entry = {
    type,
    ...{ mode: node.mode & 0o7777, uid: node.uid, gid: node.gid, mtime: node.mtime },
    size: type === 'file' ? node.size : 0,
    xattrs: await readXattrs(volume, node),
    ...(type === 'symlink' ? { target: await readTarget(volume, path, node) } : {}),
    ...(type === 'char' || type === 'block' ? { device: readDevice(node) } : {}),
  };
  return { inode: node.inode, entry, extents: type === 'file' ? await readExtents(volume, node) : [] };
}

async function readTarget(volume: Volume, path: string, node: ReadInode): Promise<Uint8Array> {
  const { size, block } = node;
  if (size === 0 || size > MAX_TARGET) throw damaged(`/${path} leads to ${size} bytes`);
  if (size < INODE_BLOCK_SIZE) return Uint8Array.from(block.subarray(0, size));
  const pieces: Uint8Array[] = [];
  for await (const piece of fileBytes(volume, await readExtents(volume, node), size)) pieces.push(piece);
  return Uint8Array.from(Buffer.concat(pieces));
}

function typeOf({ inode, mode }: ReadInode): EntryType {
  const type = TYPES.get(mode & TYPE_MASK);
  if (type === undefined) throw damaged(`inode ${inode} is of no type (mode ${mode.toString(8)})`);
  return type;
}

const TYPES = new Map(
  (Object.entries(MODE_TYPES) as [EntryType, number][])
    .filter(([type]) => type !== 'hardlink')
    .map(([type, mode]) => [mode, type]),
);

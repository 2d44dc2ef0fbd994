import type { EntryType, ManifestEntry } from '../../../domain/manifest.ts';
import { decodeDevice } from '../../device-number.ts';
import type { ReadFile, ReadName } from '../../read-files.ts';
import { readNames } from './directory.ts';
import { damaged } from './errors.ts';
import { type FragmentPlace, fileRuns, type Run } from './file-runs.ts';
import type { Metadata, MetadataCursor } from './metadata.ts';
import type { Volume } from './volume.ts';
import type { XattrReader } from './xattr.ts';

/** What inodes are read with. */
export interface Tables {
  readonly volume: Volume;
  readonly metadata: Metadata;
  /** Owners by their numbers. */
  readonly ids: Buffer;
  /** Where fragments are. */
  readonly fragments: readonly FragmentPlace[];
  readonly xattrs: XattrReader;
}

const TYPES: readonly EntryType[] = ['directory', 'file', 'symlink', 'block', 'char', 'fifo', 'socket'];
/** The longer forms, which have extended attributes, come after them. */
const LONGER = TYPES.length;
const MOST_TARGET = 4096;
const NONE = 0xffffffff;

/** What the kinds of inodes have of their own. */
interface Own {
  readonly links: number;
  readonly xattrs: number;
  readonly size?: number;
  readonly target?: Uint8Array;
  readonly rdev?: number;
  readonly runs?: readonly Run[];
  readonly names?: () => Promise<readonly ReadName[]>;
}

/** Reads the inode at a place. Throws `SQUASHFS_DAMAGED`. Source: Linux, fs/squashfs/inode.c. */
export async function readInode(tables: Tables, place: number): Promise<ReadFile<Run>> {
  const { volume, metadata, ids } = tables;
  const cursor = metadata.at(volume.tables.inodes + Math.floor(place / 65536), place % 65536);
  const base = await cursor.take(16);
  const kind = base.readUInt16LE(0) - 1;
  const isLonger = kind >= LONGER;
  const type = TYPES[isLonger ? kind - LONGER : kind];
  if (type === undefined) throw damaged(`an inode is of the type ${kind + 1}`);
  const idAt = (at: number): number => {
    const index = base.readUInt16LE(at);
    if (index >= volume.ids) throw damaged(`there is no owner ${index}`);
    return ids.readUInt32LE(index * 4);
  };
  const own = await readOwn(tables, type, isLonger, cursor);
  const entry: Omit<ManifestEntry, 'path'> = {
    ...{ type, mode: base.readUInt16LE(2) & 0o7777, uid: idAt(4), gid: idAt(6) },
    ...{ mtime: base.readUInt32LE(8), size: own.size ?? 0, xattrs: await tables.xattrs(own.xattrs) },
    ...(own.target === undefined ? {} : { target: own.target }),
    ...(own.rdev === undefined ? {} : { device: decodeDevice(own.rdev) }),
  };
  return { inode: place, links: own.links, entry, runs: own.runs ?? [], names: own.names };
}

async function readOwn(
  tables: Tables,
  type: EntryType,
  isLonger: boolean,
  cursor: MetadataCursor,
): Promise<Own> {
  switch (type) {
    case 'directory':
      return await readDirectory(tables, isLonger, cursor);
    case 'file':
      return await readFile(tables, isLonger, cursor);
    case 'symlink': {
      const head = await cursor.take(8);
      const size = head.readUInt32LE(4);
      if (size === 0 || size > MOST_TARGET) throw damaged(`a symlink leads to ${size} bytes`);
      const target = Uint8Array.from(await cursor.take(size));
      return { links: head.readUInt32LE(0), target, xattrs: await xattrsOf(isLonger, cursor) };
    }
    case 'block':
    case 'char': {
      const head = await cursor.take(8);
      const [links, rdev] = [head.readUInt32LE(0), head.readUInt32LE(4)];
      return { links, rdev, xattrs: await xattrsOf(isLonger, cursor) };
    }
    default: {
      const links = (await cursor.take(4)).readUInt32LE(0);
      return { links, xattrs: await xattrsOf(isLonger, cursor) };
    }
  }
}

async function xattrsOf(isLonger: boolean, cursor: MetadataCursor): Promise<number> {
  return isLonger ? (await cursor.take(4)).readUInt32LE(0) : NONE;
}

async function readDirectory(
  { volume, metadata }: Tables,
  isLonger: boolean,
  cursor: MetadataCursor,
): Promise<Own> {
  const head = await cursor.take(isLonger ? 24 : 16);
  const [size, block, offset] = isLonger
    ? [head.readUInt32LE(4), head.readUInt32LE(8), head.readUInt16LE(18)]
    : [head.readUInt16LE(8), head.readUInt32LE(0), head.readUInt16LE(10)];
  const links = head.readUInt32LE(isLonger ? 0 : 4);
  const names = async () => await readNames(metadata.at(volume.tables.directories + block, offset), size);
  return { links, names, xattrs: isLonger ? head.readUInt32LE(20) : NONE };
}

async function readFile(tables: Tables, isLonger: boolean, cursor: MetadataCursor): Promise<Own> {
  const head = await cursor.take(isLonger ? 40 : 16);
  const [start, size] = isLonger
    ? [Number(head.readBigUInt64LE(0)), Number(head.readBigUInt64LE(8))]
    : [head.readUInt32LE(0), head.readUInt32LE(12)];
  if (!Number.isSafeInteger(size)) throw damaged(`a file has ${size} bytes`);
  const at = isLonger ? 28 : 4;
  const fragment = { index: head.readUInt32LE(at), offset: head.readUInt32LE(at + 4) };
  const runs = await fileRuns(tables, { start, size, fragment }, cursor);
  return {
    ...{ size, runs, links: isLonger ? head.readUInt32LE(24) : 1 },
    xattrs: isLonger ? head.readUInt32LE(36) : NONE,
  };
}

import type { ManifestEntry } from '../../domain/manifest.ts';
import type { Inode, Link } from '../inodes.ts';
import { DIRENT_TYPES, MODE_TYPES } from '../modes.ts';
import { nameHash, writeTime, writeUint64 } from './bytes.ts';
import { FIRST_INODE, GENERATION, KEYS } from './constants.ts';
import { treeError } from './errors.ts';
import type { FileExtent } from './extents.ts';
import { type Item, MOST_DATA, writeKey } from './tree.ts';

const INODE_SIZE = 160;
const XATTR_TYPE = 8;
const REGULAR = 1;
export const MAX_TARGET = 4095;
const DOT_DOT = Buffer.from('..');

/** What a file system's own tree says of one file, in the order of the keys. `changed` is the time of everything but contents. */
export function* inodeItems(node: Inode, extents: readonly FileExtent[], changed: number): Generator<Item> {
  const { inode, entry, links, names } = node;
  const key = (type: number, offset: number) => ({ objectid: inode, type, offset });
  yield { key: key(KEYS.inode, 0), data: encodeInode(node, extents, changed) };
  yield* referenceItems(node);
  yield* xattrItems(inode, entry);
  yield* folderItems(inode, names);
  if (links.length > 0 && entry.type === 'symlink') {
    yield { key: key(KEYS.extentData, 0), data: encodeTarget(entry) };
  }
  for (const { offset, start, length } of extents) {
    yield { key: key(KEYS.extentData, offset), data: encodeExtent(start, length) };
  }
}

/** The inode of a tree's empty root folder, and its name. */
export function* emptyFolder(inode: number, time: number): Generator<Item> {
  const data = inodeBytes({
    size: 0,
    bytes: 0,
    links: 1,
    mode: MODE_TYPES.directory | 0o755,
    time,
    changed: time,
  });
  yield { key: { objectid: inode, type: KEYS.inode, offset: 0 }, data };
  yield { key: { objectid: inode, type: KEYS.inodeRef, offset: inode }, data: encodeReference(0, DOT_DOT) };
}

/** The 160 bytes of an inode. Times in seconds. */
export function inodeBytes(fields: {
  readonly size: number;
  readonly bytes: number;
  readonly links: number;
  /** With the type. */
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly device?: number;
  readonly time: number;
  readonly changed: number;
}): Buffer {
  const data = Buffer.alloc(INODE_SIZE);
  writeUint64(data, 0, GENERATION);
  writeUint64(data, 8, GENERATION);
  writeUint64(data, 16, fields.size);
  writeUint64(data, 24, fields.bytes);
  data.writeUInt32LE(fields.links, 40);
  data.writeUInt32LE(fields.uid ?? 0, 44);
  data.writeUInt32LE(fields.gid ?? 0, 48);
  data.writeUInt32LE(fields.mode, 52);
  writeUint64(data, 56, fields.device ?? 0);
  writeTime(data, 112, fields.time);
  writeTime(data, 124, fields.changed);
  writeTime(data, 136, fields.time);
  writeTime(data, 148, fields.changed);
  return data;
}

/** A name as a folder has it, and as the root tree has that of the default subvolume. */
export function encodeName(
  target: { readonly objectid: number; readonly type: number; readonly offset: number | bigint },
  type: number,
  name: Uint8Array,
  value: Uint8Array = new Uint8Array(),
): Buffer {
  const data = Buffer.alloc(30 + name.length + value.length);
  writeKey(data, 0, target);
  writeUint64(data, 17, type === XATTR_TYPE ? 0 : GENERATION);
  data.writeUInt16LE(value.length, 25);
  data.writeUInt16LE(name.length, 27);
  data[29] = type;
  data.set(name, 30);
  data.set(value, 30 + name.length);
  return data;
}

export function encodeReference(index: number, name: Uint8Array): Buffer {
  const data = Buffer.alloc(10 + name.length);
  writeUint64(data, 0, index);
  data.writeUInt16LE(name.length, 8);
  data.set(name, 10);
  return data;
}

function encodeInode(
  { entry, links, names }: Inode,
  extents: readonly FileExtent[],
  changed: number,
): Buffer {
  const { type, size, target, uid, gid, mtime, mode, device } = entry;
  const length = target?.length ?? 0;
  return inodeBytes({
    // Each name of a folder counts twice: by its hash, and by its place.
    size:
      type === 'directory'
        ? names.reduce((sum, { name }) => sum + 2 * name.length, 0)
        : type === 'symlink'
          ? length
          : type === 'file'
            ? size
            : 0,
    bytes: type === 'symlink' ? length : extents.reduce((sum, extent) => sum + extent.length, 0),
    links: type === 'directory' ? 1 : links.length,
    mode: MODE_TYPES[type] | (mode & 0o7777),
    ...{ uid, gid, time: mtime, changed },
    device: device === undefined ? 0 : deviceNumber(entry),
  });
}

/** As the kernel has it: 12 bits and 20. */
function deviceNumber({ path, device }: ManifestEntry): number {
  const { major, minor } = device!;
  if (major >= 0 && major < 2 ** 12 && minor >= 0 && minor < 2 ** 20) return major * 2 ** 20 + minor;
  throw treeError(path, `is a device whose numbers are ${major}:${minor}`);
}

/** Names by folder; what does not fit into one item has items of its own, by hash. */
function* referenceItems({ inode, links, entry }: Inode): Generator<Item> {
  if (links.length === 0) {
    yield {
      key: { objectid: inode, type: KEYS.inodeRef, offset: FIRST_INODE },
      data: encodeReference(0, DOT_DOT),
    };
    return;
  }
  const folders = new Map<number, Link[]>();
  for (const link of links) {
    const known = folders.get(link.parent);
    if (known === undefined) folders.set(link.parent, [link]);
    else known.push(link);
  }
  for (const [parent, all] of [...folders].sort(([a], [b]) => a - b)) {
    const data = Buffer.concat(all.map(({ index, name }) => encodeReference(index, name)));
    if (data.length > MOST_DATA) throw treeError(entry.path, 'has too many names in one folder for btrfs');
    yield { key: { objectid: inode, type: KEYS.inodeRef, offset: parent }, data };
  }
}

function* xattrItems(inode: number, { path, xattrs }: ManifestEntry): Generator<Item> {
  const known = xattrs.map(({ name, value }) => ({ name: Buffer.from(name), value }));
  for (const { name } of known) {
    if (!/^(?:user|trusted|security|system)\../.test(name.toString()) || name.length > 255) {
      throw treeError(path, `has the extended attribute ${name.toString()}, which btrfs cannot hold`);
    }
  }
  for (const [offset, group] of byHash(known)) {
    const none = { objectid: 0, type: 0, offset: 0 };
    const data = Buffer.concat(group.map(({ name, value }) => encodeName(none, XATTR_TYPE, name, value)));
    if (data.length > MOST_DATA)
      throw treeError(path, 'has an extended attribute that is too long for btrfs');
    yield { key: { objectid: inode, type: KEYS.xattr, offset }, data };
  }
}

function* folderItems(inode: number, names: readonly Link[]): Generator<Item> {
  const encode = ({ node, name }: Link): Buffer =>
    encodeName({ objectid: node.inode, type: KEYS.inode, offset: 0 }, DIRENT_TYPES[node.entry.type], name);
  for (const [offset, group] of byHash(names)) {
    const data = Buffer.concat(group.map(encode));
    yield { key: { objectid: inode, type: KEYS.dirItem, offset }, data };
  }
  for (const link of names) {
    yield { key: { objectid: inode, type: KEYS.dirIndex, offset: link.index }, data: encode(link) };
  }
}

/** Names of the same hash share an item. */
function byHash<T extends { readonly name: Uint8Array }>(all: readonly T[]): [number, T[]][] {
  const groups = new Map<number, T[]>();
  for (const one of all) {
    const hash = nameHash(one.name);
    const known = groups.get(hash);
    if (known === undefined) groups.set(hash, [one]);
    else known.push(one);
  }
  return [...groups].sort(([a], [b]) => a - b);
}

function encodeTarget({ path, target = new Uint8Array() }: ManifestEntry): Buffer {
  if (target.length === 0 || target.length > MAX_TARGET) {
    throw treeError(path, `leads to ${target.length} bytes; it must be 1 to ${MAX_TARGET}`);
  }
  const data = Buffer.alloc(21 + target.length);
  writeUint64(data, 0, GENERATION);
  writeUint64(data, 8, target.length);
  data.set(target, 21);
  return data;
}

function encodeExtent(start: number, length: number): Buffer {
  const data = Buffer.alloc(53);
  writeUint64(data, 0, GENERATION);
  writeUint64(data, 8, length);
  data[20] = REGULAR;
  writeUint64(data, 21, start);
  writeUint64(data, 29, length);
  writeUint64(data, 45, length);
  return data;
}

import { buildError } from '../../domain/errors.ts';
import type { ManifestEntry, Xattr } from '../../domain/manifest.ts';
import { crc32cUpdate } from '../crc32c.ts';
import { storedAcl } from './acl.ts';
import { addUint32, addUint64, type Seed } from './checksum.ts';
import { BLOCK, EXTRA_INODE_SIZE, INODE_SIZE } from './constants.ts';

/** An extended attribute as it is stored: the name space is a number. */
interface StoredXattr {
  readonly index: number;
  readonly name: Buffer;
  readonly value: Uint8Array;
}

/** Extended attributes of a file, in its inode and in a block. Both as they are on the disk. */
export interface XattrPlan {
  /** What follows the fields of the inode; empty where there is nothing. */
  readonly inInode: Uint8Array;
  /** The whole block, without its checksum. */
  readonly block: Buffer | undefined;
}

const MAGIC = 0xea020000;
const INODE_ROOM = INODE_SIZE - 128 - EXTRA_INODE_SIZE;
const INODE_HEADER = 4;
const BLOCK_HEADER = 32;
const ENTRY = 16;
/** Four zeros behind the last entry. */
const END = 4;

const ACLS: Readonly<Record<string, number>> = {
  'system.posix_acl_access': 2,
  'system.posix_acl_default': 3,
};
const PREFIXES = [
  ['user.', 1],
  ['trusted.', 4],
  ['security.', 6],
  ['system.', 7],
] as const;

const NOTHING: XattrPlan = { inInode: new Uint8Array(), block: undefined };

/**
 * Places the attributes of an entry: in the inode what fits, by their order, the rest in one block. Throws
 * `EXT4_XATTR` for a name space that ext4 does not have, an ACL that is none, and for more than fits.
 */
export function planXattrs(entry: ManifestEntry): XattrPlan {
  if (entry.xattrs.length === 0) return NOTHING;
  const all = entry.xattrs.map((xattr) => storedXattr(entry, xattr)).sort(byName);
  let room = INODE_ROOM - INODE_HEADER - END;
  const near: StoredXattr[] = [];
  const far: StoredXattr[] = [];
  for (const xattr of all) {
    if (sizeOf(xattr) > room) {
      far.push(xattr);
      continue;
    }
    near.push(xattr);
    room -= sizeOf(xattr);
  }
  const needed = far.reduce((sum, xattr) => sum + sizeOf(xattr), BLOCK_HEADER + END);
  if (needed > BLOCK) {
    throw xattrError(
      entry,
      `its extended attributes take ${needed} bytes more than an inode has; a block has ${BLOCK}`,
    );
  }
  return {
    inInode: near.length === 0 ? NOTHING.inInode : encodeInInode(near),
    block: far.length === 0 ? undefined : encodeBlock(far),
  };
}

/** Gives a block of attributes the checksum that it has at its place. `seed` is the file system's. */
export function sealXattrBlock(bytes: Buffer, block: number, seed: Seed): Buffer {
  if (seed === undefined) return bytes;
  let crc = crc32cUpdate(addUint64(seed, block), bytes, 0, 16);
  crc = crc32cUpdate(addUint32(crc, 0), bytes, 20);
  bytes.writeUInt32LE(crc, 16);
  return bytes;
}

function storedXattr(entry: ManifestEntry, { name, value }: Xattr): StoredXattr {
  const acl = ACLS[name];
  if (acl !== undefined) {
    const stored = storedAcl(value);
    if (stored === undefined) throw xattrError(entry, `${name} is no ACL`);
    return { index: acl, name: Buffer.alloc(0), value: stored };
  }
  const known = PREFIXES.find(([prefix]) => name.startsWith(prefix) && name.length > prefix.length);
  if (known === undefined) throw xattrError(entry, `ext4 has no place for the extended attribute ${name}`);
  const [prefix, index] = known;
  const rest = Buffer.from(name.slice(prefix.length));
  if (rest.length > 255) throw xattrError(entry, `the name of ${name} has more than 255 bytes`);
  return { index, name: rest, value };
}

/** The order that the kernel searches a block in. */
function byName(a: StoredXattr, b: StoredXattr): number {
  return a.index - b.index || a.name.length - b.name.length || Buffer.compare(a.name, b.name);
}

function sizeOf({ name, value }: StoredXattr): number {
  return ENTRY + padded(name.length) + padded(value.length);
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

function encodeInInode(xattrs: readonly StoredXattr[]): Buffer {
  const bytes = Buffer.alloc(INODE_ROOM);
  bytes.writeUInt32LE(MAGIC, 0);
  // Entries in an inode have no hash, and their values are counted from the first entry.
  writeEntries(bytes.subarray(INODE_HEADER), 0, xattrs, () => 0);
  return bytes;
}

function encodeBlock(xattrs: readonly StoredXattr[]): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  bytes.writeUInt32LE(MAGIC, 0);
  // One file has it, and it is one block.
  bytes.writeUInt32LE(1, 4);
  bytes.writeUInt32LE(1, 8);
  writeEntries(bytes, BLOCK_HEADER, xattrs, entryHash);
  const hash = xattrs.reduce((sum, xattr) => (sum << 16) ^ (sum >>> 16) ^ entryHash(xattr), 0);
  bytes.writeUInt32LE(hash >>> 0, 12);
  return bytes;
}

/** Entries from `start` upwards, values from the end downwards. */
function writeEntries(
  bytes: Buffer,
  start: number,
  xattrs: readonly StoredXattr[],
  hashOf: (xattr: StoredXattr) => number,
): void {
  let at = start;
  let end = bytes.length;
  for (const xattr of xattrs) {
    const { index, name, value } = xattr;
    end -= padded(value.length);
    bytes.set([name.length, index], at);
    bytes.writeUInt16LE(value.length === 0 ? 0 : end, at + 2);
    bytes.writeUInt32LE(value.length, at + 8);
    bytes.writeUInt32LE(hashOf(xattr), at + 12);
    bytes.set(name, at + ENTRY);
    bytes.set(value, end);
    at += ENTRY + padded(name.length);
  }
}

/** Source: Linux, fs/ext4/xattr.c, ext4_xattr_hash_entry. */
function entryHash({ name, value }: StoredXattr): number {
  let hash = 0;
  for (const byte of name) hash = (hash << 5) ^ (hash >>> 27) ^ byte;
  const words = Buffer.alloc(padded(value.length));
  words.set(value);
  for (let at = 0; at < words.length; at += 4) {
    hash = (hash << 16) ^ (hash >>> 16) ^ words.readUInt32LE(at);
  }
  return hash >>> 0;
}

function xattrError(entry: ManifestEntry, what: string): Error {
  const path = Buffer.from(entry.path).toString();
  return buildError('EXT4_XATTR', `/${path}: ${what}.`);
}

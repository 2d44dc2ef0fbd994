import type { Xattr } from '../../../domain/manifest.ts';
import { portableAcl } from '../acl.ts';
import { ACLS, FAR_HEADER, LEAF, LEAF_HEADER, LOCAL, MOST_VALUE, ROOT, SECURE } from '../attributes.ts';
import { HASH_HEADER, NODE_MAGIC } from '../hash-tree.ts';
import { FORMATS } from '../inode.ts';
import { HEADERS, readOwned } from './block.ts';
import { damaged } from './errors.ts';
import { blockAt, type ReadExtent, readExtents } from './extents.ts';
import type { Fork } from './inode.ts';
import type { Volume } from './volume.ts';

/** Says of which directory a file is. */
const PARENT = 0x8;
/** Of one that was being written when the system stopped. */
const INCOMPLETE = 0x80;
const SHORT_HEADER = 4;
const MOST_LEVELS = 5;

/** Extended attributes of an inode, sorted by name; ACLs as getxattr gives them. Throws `XFS_DAMAGED`. */
export async function readAttributes(volume: Volume, fork: Fork | undefined): Promise<readonly Xattr[]> {
  if (fork === undefined) return [];
  const found: Xattr[] = [];
  if (fork.format === FORMATS.local) parseShort(fork, found);
  else await readBlocks(volume, fork, await readExtents(volume, fork), found);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function parseShort(fork: Fork, found: Xattr[]): void {
  const size = fork.bytes.length < SHORT_HEADER ? 0 : fork.bytes.readUInt16BE(0);
  const bytes = fork.bytes.subarray(0, size);
  if (bytes.length < size || size < SHORT_HEADER) throw broken(fork);
  let at = SHORT_HEADER;
  for (let index = 0; index < bytes[2]!; index += 1) {
    const [nameLength = 0, valueLength = 0, flags = 0] = bytes.subarray(at, at + 3);
    const value = at + 3 + nameLength;
    const end = value + valueLength;
    if (end > bytes.length) throw broken(fork);
    add(flags, bytes.subarray(at + 3, value), bytes.subarray(value, end), fork, found);
    at = end;
  }
}

async function readBlocks(
  volume: Volume,
  fork: Fork,
  extents: readonly ReadExtent[],
  found: Xattr[],
): Promise<void> {
  if (extents.length === 0) return;
  const seen = new Set<number>();
  const visit = async (index: number, expected: number | undefined): Promise<void> => {
    if (seen.has(index)) throw broken(fork);
    seen.add(index);
    const bytes = await readOwned(volume, [blockAt(extents, index, fork)], HEADERS.hashes, fork.inode);
    const isLeaf = bytes.readUInt16BE(8) === LEAF;
    if (!isLeaf && bytes.readUInt16BE(8) !== NODE_MAGIC) throw broken(fork);
    const level = isLeaf ? 0 : bytes.readUInt16BE(58);
    if (level !== (expected ?? level) || level > MOST_LEVELS || (level === 0 && !isLeaf)) throw broken(fork);
    if (isLeaf) {
      await readLeaf(volume, fork, extents, bytes, found);
      return;
    }
    const count = bytes.readUInt16BE(56);
    if (HASH_HEADER + count * 8 > bytes.length) throw broken(fork);
    for (let child = 0; child < count; child += 1) {
      await visit(bytes.readUInt32BE(HASH_HEADER + child * 8 + 4), level - 1);
    }
  };
  await visit(0, undefined);
}

async function readLeaf(
  volume: Volume,
  fork: Fork,
  extents: readonly ReadExtent[],
  bytes: Buffer,
  found: Xattr[],
): Promise<void> {
  const count = bytes.readUInt16BE(56);
  if (LEAF_HEADER + count * 8 > bytes.length) throw broken(fork);
  for (let index = 0; index < count; index += 1) {
    const at = bytes.readUInt16BE(LEAF_HEADER + index * 8 + 4);
    const flags = bytes[LEAF_HEADER + index * 8 + 6]!;
    const isLocal = (flags & LOCAL) !== 0;
    const nameAt = at + (isLocal ? 3 : 9);
    if (at < LEAF_HEADER || nameAt > bytes.length) throw broken(fork);
    const nameEnd = nameAt + bytes[nameAt - 1]!;
    const length = isLocal ? bytes.readUInt16BE(at) : bytes.readUInt32BE(at + 4);
    if (nameEnd > bytes.length || (isLocal && nameEnd + length > bytes.length)) throw broken(fork);
    if ((flags & (PARENT | INCOMPLETE)) !== 0) continue;
    const value = isLocal
      ? bytes.subarray(nameEnd, nameEnd + length)
      : await readFar(volume, fork, extents, bytes.readUInt32BE(at), length);
    add(flags, bytes.subarray(nameAt, nameEnd), value, fork, found);
  }
}

/** A value with blocks of its own. */
async function readFar(
  volume: Volume,
  fork: Fork,
  extents: readonly ReadExtent[],
  first: number,
  length: number,
): Promise<Buffer> {
  if (length > MOST_VALUE) throw broken(fork);
  const value = Buffer.alloc(length);
  for (let [at, index] = [0, first]; at < length; index += 1) {
    const block = blockAt(extents, index, fork);
    const bytes = await readOwned(volume, [block], HEADERS.values, fork.inode);
    const count = Math.min(bytes.length - FAR_HEADER, length - at);
    const isNext =
      bytes.toString('latin1', 0, 4) === 'XARM' &&
      bytes.readUInt32BE(4) === at &&
      bytes.readUInt32BE(8) === count;
    if (!isNext) throw broken(fork);
    value.set(bytes.subarray(FAR_HEADER, FAR_HEADER + count), at);
    at += count;
  }
  return value;
}

function add(flags: number, bytes: Buffer, value: Uint8Array, fork: Fork, found: Xattr[]): void {
  if ((flags & (PARENT | INCOMPLETE)) !== 0) return;
  const name = bytes.toString();
  const acl = (flags & ROOT) === 0 ? undefined : Object.keys(ACLS).find((own) => ACLS[own] === name);
  if (acl !== undefined) {
    const portable = portableAcl(value);
    if (portable === undefined) throw damaged(`the ACL of inode ${fork.inode} is none`);
    found.push({ name: acl, value: portable });
    return;
  }
  const space = (flags & ROOT) !== 0 ? 'trusted' : (flags & SECURE) !== 0 ? 'security' : 'user';
  found.push({ name: `${space}.${name}`, value: Uint8Array.from(value) });
}

function broken({ inode }: Fork): Error {
  return damaged(`inode ${inode} has extended attributes that cannot be`);
}

import type { Xattr } from '../../../domain/manifest.ts';
import { roundUp } from '../../../domain/round.ts';
import { damaged, unsupported } from './errors.ts';
import type { Volume } from './volume.ts';

const HEADER = 12;
const ENTRY = 4;
const PREFIXES: Readonly<Record<number, string>> = { 1: 'user.', 4: 'trusted.', 6: 'security.' };
const ACLS: Readonly<Record<number, string>> = {
  2: 'system.posix_acl_access',
  3: 'system.posix_acl_default',
};

/** Bytes of the extended attributes behind an inode that counts `count` of them. */
export function xattrBytes(count: number): number {
  return count === 0 ? 0 : HEADER + 4 * (count - 1);
}

/**
 * Extended attributes that lie at a place, and those that they share with others, sorted by name. ACLs are stored as
 * getxattr gives them. Throws `EROFS_DAMAGED`, `EROFS_UNSUPPORTED`. Source: Linux, fs/erofs/xattr.c.
 */
export async function readXattrs(volume: Volume, place: number, size: number): Promise<readonly Xattr[]> {
  if (size === 0) return [];
  const bytes = await volume.read(place, size);
  const shared = bytes[4]!;
  const end = HEADER + 4 * shared;
  if (end > size) throw damaged('an inode has more extended attributes than it says');
  const found: Xattr[] = [];
  for (let index = 0; index < shared; index += 1) {
    const at = volume.sharedXattrs + 4 * bytes.readUInt32LE(HEADER + 4 * index);
    const length = entryLength(await volume.read(at, ENTRY), 0);
    found.push(parseEntry(await volume.read(at, length), 0, length));
  }
  for (let at = end; at < size; ) {
    if (at + ENTRY > size) throw damaged('an extended attribute is cut off');
    const length = entryLength(bytes, at);
    if (at + length > size) throw damaged('an extended attribute is cut off');
    found.push(parseEntry(bytes, at, length));
    at += roundUp(length, 4);
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function entryLength(bytes: Buffer, at: number): number {
  return ENTRY + bytes[at]! + bytes.readUInt16LE(at + 2);
}

function parseEntry(bytes: Buffer, at: number, length: number): Xattr {
  const index = bytes[at + 1]!;
  const name = at + ENTRY;
  const middle = name + bytes[at]!;
  const value = Uint8Array.from(bytes.subarray(middle, at + length));
  const acl = ACLS[index];
  if (acl !== undefined) return { name: acl, value };
  const prefix = PREFIXES[index];
  if (prefix === undefined) throw unsupported(`extended attributes of the name space ${index} are not read`);
  return { name: `${prefix}${bytes.subarray(name, middle).toString()}`, value };
}

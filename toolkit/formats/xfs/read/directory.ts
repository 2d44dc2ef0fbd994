import type { ReadName } from '../../read-files.ts';
import { readUint64 } from '../bytes.ts';
import { FORMATS } from '../inode.ts';
import { HEADERS, readOwned } from './block.ts';
import { damaged } from './errors.ts';
import { readExtents } from './extents.ts';
import type { ReadInode } from './inode.ts';
import type { Volume } from './volume.ts';

/** Hashes of names begin here in the file, behind all names. */
const NAMES_END = 2 ** 35;
const HEADER = 64;
const BLOCK_TAIL = 8;
const HASH = 8;
const FREE = 0xffff;
const SHORT_HEADER = 2;
const SLASH = '/';
const NUL = '\0';

/** All names of a directory but `.` and `..`, as they stand in it. Throws `XFS_DAMAGED`. */
export async function readDirectory(volume: Volume, node: ReadInode): Promise<readonly ReadName[]> {
  const { inode, content, size } = node;
  if (content.format === FORMATS.local) return parseShort(content.bytes.subarray(0, size), inode);
  const { blockSize, folderBlocks } = volume;
  const names: ReadName[] = [];
  let pending: number[] = [];
  let next = 0;
  for (const { offset, block, count } of await readExtents(volume, content)) {
    if (offset * blockSize >= NAMES_END) break;
    for (let index = 0; index < count; index += 1) {
      // Several blocks that are one may lie apart.
      if (offset + index !== next && pending.length > 0) throw broken(inode);
      next = offset + index + 1;
      pending.push(block + index);
      if (pending.length < folderBlocks) continue;
      parseNames(await readOwned(volume, pending, HEADERS.names, inode), inode, names);
      pending = [];
    }
  }
  if (names.length === 0 && next === 0) throw broken(inode);
  return names;
}

function parseNames(bytes: Buffer, inode: number, names: ReadName[]): void {
  const magic = bytes.toString('latin1', 0, 4);
  if (magic !== 'XDB3' && magic !== 'XDD3') throw broken(inode);
  // One block that has everything has the hashes, too.
  const tail = bytes.length - BLOCK_TAIL;
  const end = magic === 'XDB3' ? tail - bytes.readUInt32BE(tail) * HASH : bytes.length;
  for (let at = HEADER; at < end; ) {
    if (bytes.readUInt16BE(at) === FREE) {
      const length = bytes.readUInt16BE(at + 2);
      if (length === 0 || length % 8 !== 0) throw broken(inode);
      at += length;
      continue;
    }
    const nameLength = bytes[at + 8] ?? 0;
    const size = (nameLength + 12 + 7) & ~7;
    if (at + size > end || bytes.readUInt16BE(at + size - 2) !== at) throw broken(inode);
    const name = bytes.toString('latin1', at + 9, at + 9 + nameLength);
    if (name !== '.' && name !== '..') names.push(checked(name, readUint64(bytes, at), inode));
    at += size;
  }
}

/** Names that lie in the inode; numbers of inodes have 4 bytes, or 8 where one of them wants them. */
function parseShort(bytes: Buffer, inode: number): readonly ReadName[] {
  if (bytes.length < SHORT_HEADER + 4) throw broken(inode);
  const count = bytes[0]!;
  const width = bytes[1] === 0 ? 4 : 8;
  const names: ReadName[] = [];
  let at = SHORT_HEADER + width;
  for (let index = 0; index < count; index += 1) {
    const nameLength = bytes[at] ?? 0;
    const number = at + 4 + nameLength;
    if (number + width > bytes.length) throw broken(inode);
    const target = width === 4 ? bytes.readUInt32BE(number) : readUint64(bytes, number);
    names.push(checked(bytes.toString('latin1', at + 3, at + 3 + nameLength), target, inode));
    at = number + width;
  }
  return names;
}

function checked(name: string, target: number, inode: number): ReadName {
  const isName = name !== '' && name !== '.' && name !== '..' && !name.includes(SLASH) && !name.includes(NUL);
  if (!isName) throw damaged(`the directory of inode ${inode} has a name that cannot be`);
  return { name, inode: target };
}

function broken(inode: number): Error {
  return damaged(`the directory of inode ${inode} has names that cannot be in it`);
}

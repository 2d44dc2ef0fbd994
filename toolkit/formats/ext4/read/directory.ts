import { crc32cUpdate } from '../../crc32c.ts';
import type { ReadName } from '../../read-files.ts';
import { addUint32 } from '../checksum.ts';
import { damaged } from './errors.ts';
import { readExtents } from './extents.ts';
import { hasIndex, type ReadInode } from './inode.ts';
import type { Volume } from './volume.ts';

/** Behind the names of a block comes its checksum, in what looks like a name of nothing. */
const TAIL = 12;
const TAIL_TYPE = 0xde;
const SLASH = 0x2f;

/**
 * All names of a directory but `.` and `..`, in the order of its blocks: blocks of an index look like blocks without
 * names. Throws `EXT4_DAMAGED`. Source: Linux, Documentation/filesystems/ext4/directory.rst.
 */
export async function readDirectory(volume: Volume, inode: ReadInode): Promise<readonly ReadName[]> {
  const { blockSize } = volume;
  const count = inode.size / blockSize;
  const extents = await readExtents(volume, inode);
  const covered = extents.reduce((sum, { length }) => sum + length, 0);
  if (!Number.isInteger(count) || count === 0 || covered < count) {
    throw damaged(`the directory of inode ${inode.inode} has ${inode.size} bytes in ${covered} blocks`);
  }
  const names: ReadName[] = [];
  for (const { logical, start, length } of extents) {
    for (let index = 0; index < length && logical + index < count; index += 1) {
      const bytes = await volume.readBlocks(start + index, 1);
      checkBlock(bytes, logical + index, inode);
      parseNames(bytes, logical + index, inode, names);
    }
  }
  return names;
}

function parseNames(bytes: Buffer, block: number, { inode }: ReadInode, names: ReadName[]): void {
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.length - at >= 8 ? recordLength(bytes, at) : 0;
    const nameLength = bytes[at + 6]!;
    const number = length === 0 ? 0 : bytes.readUInt32LE(at);
    const isWhole = length >= 8 && length % 4 === 0 && at + length <= bytes.length;
    if (!isWhole || (number !== 0 && 8 + nameLength > length)) {
      throw damaged(`the directory of inode ${inode} has a name that cannot be in its block ${block}`);
    }
    const name = bytes.subarray(at + 8, at + 8 + nameLength);
    const isDots = block === 0 && (name.equals(DOT) || name.equals(DOT_DOT));
    if (number !== 0 && !isDots) {
      if (
        nameLength === 0 ||
        name.includes(0) ||
        name.includes(SLASH) ||
        name.equals(DOT) ||
        name.equals(DOT_DOT)
      ) {
        throw damaged(`the directory of inode ${inode} has a name that cannot be`);
      }
      names.push({ name: name.toString('latin1'), inode: number });
    }
    at += length;
  }
}

const DOT = Buffer.from('.');
const DOT_DOT = Buffer.from('..');

/** A block of 64 KiB has no number for its whole length. */
function recordLength(bytes: Buffer, at: number): number {
  const length = bytes.readUInt16LE(at + 4);
  return bytes.length === 65536 && (length === 0xffff || length === 0) ? 65536 : length;
}

function checkBlock(bytes: Buffer, block: number, inode: ReadInode): void {
  if (inode.seed === undefined) return;
  const place = indexPlace(bytes, block, inode);
  const isSame =
    place === undefined ? isLeafWhole(bytes, inode.seed) : isIndexWhole(bytes, place, inode.seed);
  if (!isSame) throw damaged(`block ${block} of the directory of inode ${inode.inode} has another checksum`);
}

/** Where the entries of a block of an index begin; undefined for a block with names. */
function indexPlace(bytes: Buffer, block: number, inode: ReadInode): number | undefined {
  if (!hasIndex(inode)) return undefined;
  if (block === 0) return 32;
  return bytes.readUInt32LE(0) === 0 && recordLength(bytes, 0) === bytes.length ? 8 : undefined;
}

function isLeafWhole(bytes: Buffer, seed: number): boolean {
  const at = bytes.length - TAIL;
  return (
    bytes.readUInt32LE(at) === 0 &&
    bytes.readUInt16LE(at + 4) === TAIL &&
    bytes[at + 7] === TAIL_TYPE &&
    crc32cUpdate(seed, bytes, 0, at) === bytes.readUInt32LE(at + 8)
  );
}

function isIndexWhole(bytes: Buffer, at: number, seed: number): boolean {
  const most = bytes.readUInt16LE(at);
  const count = bytes.readUInt16LE(at + 2);
  const tail = at + most * 8;
  if (count > most || tail + 8 > bytes.length) return false;
  const crc = addUint32(crc32cUpdate(seed, bytes, 0, at + count * 8), bytes.readUInt32LE(tail));
  return addUint32(crc, 0) === bytes.readUInt32LE(tail + 4);
}

import { readUint64 } from '../bytes.ts';
import type { FileExtent } from '../extents.ts';
import { FORMATS } from '../inode.ts';
import { HEADERS, readOwned } from './block.ts';
import { damaged } from './errors.ts';
import type { Fork } from './inode.ts';
import type { Volume } from './volume.ts';

/** A run of a fork, in blocks; one that was never written is zeros. */
export interface ReadExtent extends FileExtent {
  readonly isWritten: boolean;
}

const RECORD = 16;
const ROOT_HEADER = 4;
const NODE_HEADER = 72;
/** A key and a pointer. */
const ENTRY = 16;
const KEY = 8;
const MAGIC = 'BMA3';
const MOST_LEVELS = 9;

/** The blocks of a fork, ascending, out of the inode or its tree. Throws `XFS_DAMAGED` for a tree that is none. */
export async function readExtents(volume: Volume, fork: Fork): Promise<readonly ReadExtent[]> {
  const { inode, format, bytes } = fork;
  const found: ReadExtent[] = [];
  const broken = () => damaged(`inode ${inode} has extents that cannot be`);
  const add = (records: Buffer, count: number): void => {
    for (let at = 0; at < count * RECORD; at += RECORD) {
      const extent = parseExtent(records, at);
      const last = found.at(-1);
      const { offset, block, count: length } = extent;
      const isBehind = last === undefined || offset >= last.offset + last.count;
      if (length === 0 || !isBehind || volume.countFrom(block, length) < length) throw broken();
      volume.sectorOf(block);
      found.push(extent);
    }
  };
  const visit = async (block: number, level: number): Promise<void> => {
    const node = await readOwned(volume, [block], HEADERS.extents, inode);
    const count = node.readUInt16BE(6);
    const isOne = node.toString('latin1', 0, 4) === MAGIC && node.readUInt16BE(4) === level;
    const most = Math.floor((node.length - NODE_HEADER) / (level === 0 ? RECORD : ENTRY));
    if (!isOne || count === 0 || count > most) throw broken();
    if (level === 0) add(node.subarray(NODE_HEADER), count);
    else await visitAll(node, NODE_HEADER + most * KEY, count, level - 1);
  };
  const visitAll = async (node: Buffer, at: number, count: number, level: number): Promise<void> => {
    for (let index = 0; index < count; index += 1) await visit(readUint64(node, at + index * KEY), level);
  };
  if (format === FORMATS.extents) {
    if (fork.extents * RECORD > bytes.length) throw broken();
    add(bytes, fork.extents);
  } else if (format === FORMATS.tree) {
    const [level, count] = [bytes.readUInt16BE(0), bytes.readUInt16BE(2)];
    const most = Math.floor((bytes.length - ROOT_HEADER) / ENTRY);
    if (level === 0 || level > MOST_LEVELS || count === 0 || count > most) throw broken();
    await visitAll(bytes, ROOT_HEADER + most * KEY, count, level - 1);
  } else throw broken();
  if (found.length !== fork.extents) throw broken();
  return found;
}

/** Block `index` of a fork. Throws `XFS_DAMAGED` where it has none. */
export function blockAt(extents: readonly ReadExtent[], index: number, { inode }: Fork): number {
  const extent = extents.find(({ offset, count }) => index >= offset && index < offset + count);
  if (extent === undefined) throw damaged(`inode ${inode} has no block ${index}`);
  return extent.block + index - extent.offset;
}

/** 128 bits: one that says "unwritten", 54 of the place in the file, 52 of the block, 21 of the length. */
function parseExtent(bytes: Buffer, at: number): ReadExtent {
  const [first, second] = [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)];
  const [third, fourth] = [bytes.readUInt32BE(at + 8), bytes.readUInt32BE(at + 12)];
  return {
    isWritten: first >>> 31 === 0,
    offset: (first & 0x7fffffff) * 2 ** 23 + (second >>> 9),
    block: (second & 0x1ff) * 2 ** 43 + third * 2 ** 11 + (fourth >>> 21),
    count: fourth & 0x1fffff,
  };
}

import type { FileExtent } from '../extent-tree.ts';
import { damaged } from './errors.ts';
import type { ReadInode } from './inode.ts';
import type { Volume } from './volume.ts';

const DIRECT = 12;
const MOST_DEPTH = 3;

/**
 * The blocks of a file of ext2 and ext3, ascending: 12 addresses in the inode, then trees of blocks of addresses of
 * one, two and three levels. Throws `EXT4_DAMAGED` for an address that is none.
 * Source: Linux, Documentation/filesystems/ext4/blockmap.rst.
 */
export async function readAddresses(
  volume: Volume,
  { inode, block, size }: ReadInode,
): Promise<readonly FileExtent[]> {
  const perBlock = volume.blockSize / 4;
  const end = Math.ceil(size / volume.blockSize);
  const found: { logical: number; start: number; length: number }[] = [];
  const note = (logical: number, start: number): void => {
    if (start === 0 || logical >= end) return;
    if (start >= volume.blocks) throw damaged(`inode ${inode} has an address that cannot be`);
    const last = found.at(-1);
    const follows = last !== undefined && last.logical + last.length === logical;
    if (follows && last.start + last.length === start) last.length += 1;
    else found.push({ logical, start, length: 1 });
  };
  const visit = async (address: number, logical: number, depth: number): Promise<void> => {
    if (depth === 0) {
      note(logical, address);
      return;
    }
    if (address === 0 || logical >= end) return;
    const below = await volume.readBlocks(address, 1);
    const step = perBlock ** (depth - 1);
    for (let at = 0; at < perBlock; at += 1) {
      if (depth === 1) note(logical + at, below.readUInt32LE(at * 4));
      else await visit(below.readUInt32LE(at * 4), logical + at * step, depth - 1);
    }
  };
  for (let at = 0; at < DIRECT; at += 1) note(at, block.readUInt32LE(at * 4));
  let logical = DIRECT;
  for (let depth = 1; depth <= MOST_DEPTH; depth += 1) {
    await visit(block.readUInt32LE((DIRECT + depth - 1) * 4), logical, depth);
    logical += perBlock ** depth;
  }
  return found;
}

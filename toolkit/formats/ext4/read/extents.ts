import { crc32cUpdate } from '../../crc32c.ts';
import type { FileExtent } from '../extent-tree.ts';
import { readAddresses } from './addresses.ts';
import { damaged } from './errors.ts';
import { hasExtents, type ReadInode } from './inode.ts';
import type { Volume } from './volume.ts';

const MAGIC = 0xf30a;
const HEADER = 12;
const ENTRY = 12;
/** A longer extent was never written: it is this much shorter, and zeros. */
const MAX_LENGTH = 32768;
const MAX_DEPTH = 5;

/**
 * The blocks of a file, ascending, out of its extents or, of ext2 and ext3, its lists of blocks; what is between them, or was never written, is zeros. Throws `EXT4_DAMAGED` for
 * a tree that is none.
 */
export async function readExtents(volume: Volume, inode: ReadInode): Promise<readonly FileExtent[]> {
  if (!hasExtents(inode)) return await readAddresses(volume, inode);
  const found: FileExtent[] = [];
  let next = 0;
  const visit = async (node: Buffer, depth: number | undefined): Promise<void> => {
    const header = parseHeader(node, depth, inode);
    for (let index = 0; index < header.entries; index += 1) {
      const at = HEADER + index * ENTRY;
      const logical = node.readUInt32LE(at);
      if (header.depth > 0) {
        const block = node.readUInt32LE(at + 4) + node.readUInt16LE(at + 8) * 2 ** 32;
        const below = await volume.readBlocks(block, 1);
        checkNode(below, inode);
        await visit(below, header.depth - 1);
        continue;
      }
      const length = node.readUInt16LE(at + 4);
      const start = node.readUInt32LE(at + 8) + node.readUInt16LE(at + 6) * 2 ** 32;
      const isWritten = length <= MAX_LENGTH;
      const count = isWritten ? length : length - MAX_LENGTH;
      if (count === 0 || logical < next || start === 0 || start + count > volume.blocks) {
        throw damaged(`inode ${inode.inode} has an extent that cannot be`);
      }
      next = logical + count;
      if (isWritten) found.push({ logical, start, length: count });
    }
  };
  await visit(inode.block, undefined);
  return found;
}

function parseHeader(
  node: Buffer,
  expected: number | undefined,
  { inode }: ReadInode,
): { readonly entries: number; readonly depth: number } {
  const entries = node.readUInt16LE(2);
  const most = node.readUInt16LE(4);
  const depth = node.readUInt16LE(6);
  const isOne =
    node.readUInt16LE(0) === MAGIC &&
    entries <= most &&
    HEADER + most * ENTRY <= node.length &&
    (expected === undefined ? depth <= MAX_DEPTH : depth === expected && entries > 0);
  if (!isOne) throw damaged(`inode ${inode} has a tree of extents that is none`);
  return { entries, depth };
}

function checkNode(node: Buffer, { inode, seed }: ReadInode): void {
  if (seed === undefined) return;
  const end = HEADER + node.readUInt16LE(4) * ENTRY;
  if (end + 4 > node.length || crc32cUpdate(seed, node, 0, end) !== node.readUInt32LE(end)) {
    throw damaged(`a block of extents of inode ${inode} has another checksum`);
  }
}

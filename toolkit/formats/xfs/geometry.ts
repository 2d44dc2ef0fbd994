import { usageError } from '../../domain/errors.ts';
import { LEAST_XFS } from '../../domain/xfs.ts';
import { BLOCK, CHUNK_INODES, HEAD_BLOCKS, INODES_PER_BLOCK } from './constants.ts';

/** How a file system is divided. Blocks are counted from its beginning; a group's own from the group's. */
export interface Geometry {
  readonly blocks: number;
  readonly groups: number;
  readonly groupBlocks: number;
  /** Bits of a number of a block within its group. */
  readonly groupBits: number;
  readonly log: { readonly group: number; readonly start: number; readonly blocks: number };
}

const MIB = 1024 ** 2;
const TIB = 1024 ** 4;
const MOST_GROUP = TIB / BLOCK;
const LEAST_GROUP = (16 * MIB) / BLOCK;
const LEAST_LOG = (64 * MIB) / BLOCK;
const MOST_LOG = Math.floor((2 ** 31 - 2 ** 10) / BLOCK);

/** Divides a file system of `size` bytes as mkfs.xfs does. Throws `XFS_SIZE` for one that is too small. */
export function planGeometry(size: number): Geometry {
  if (size < LEAST_XFS) {
    throw usageError('XFS_SIZE', `An XFS has 300 MiB or more, and this one would have ${size / MIB}.`, {
      hint: 'Make the partition larger.',
    });
  }
  const asked = Math.floor(size / BLOCK);
  const groupBlocks = Math.min(Math.ceil(asked / 4), MOST_GROUP);
  const rest = asked % groupBlocks;
  const blocks = asked > MOST_GROUP * 4 && rest < LEAST_GROUP ? asked - rest : asked;
  const groups = Math.ceil(blocks / groupBlocks);
  const logBlocks = Math.min(Math.max(Math.floor(blocks / 2048), LEAST_LOG), MOST_LOG);
  return {
    ...{ blocks, groups, groupBlocks },
    groupBits: Math.ceil(Math.log2(groupBlocks)),
    log: { group: Math.floor(groups / 2), start: HEAD_BLOCKS, blocks: logBlocks },
  };
}

/** Blocks of a group: the last may have fewer than the others. */
export function blocksOf({ blocks, groupBlocks }: Geometry, group: number): number {
  return Math.min(groupBlocks, blocks - group * groupBlocks);
}

/** What stands for a block in files and trees of them: the number of its group before its own. */
export function fileSystemBlock({ groupBlocks, groupBits }: Geometry, block: number): number {
  return Math.floor(block / groupBlocks) * 2 ** groupBits + (block % groupBlocks);
}

/** Number of the inode at `index` of the chunk that begins at `block`. */
export function inodeNumber(geometry: Geometry, block: number, index: number): number {
  if (index >= CHUNK_INODES) throw new Error(`a chunk has no inode ${index}`);
  return fileSystemBlock(geometry, block) * INODES_PER_BLOCK + index;
}

import { BLOCK, BLOCKS_PER_GROUP } from './constants.ts';
import { backupGroups, type Geometry } from './geometry.ts';
import type { InodeFields } from './inode.ts';

const ADDRESSES = BLOCK / 4;
const DIRECT = 12;
/** Place in the inode of the block of blocks of addresses. */
export const DOUBLE_INDIRECT = 13;

/**
 * The inode that owns all blocks kept for descriptors of groups to come, so that a mounted file system can grow:
 * its addresses are in a tree as ext2 has it. Source: e2fsprogs, lib/ext2fs/res_gdt.c.
 */
export function resizeFields(geometry: Geometry, epoch: number): InodeFields {
  const { reservedBlocks } = geometry;
  return {
    mode: 0o100600,
    ...{ uid: 0, gid: 0, links: 1, flags: 0, mtime: epoch, changed: epoch, xattrBlock: 0 },
    size: (ADDRESSES ** 2 + ADDRESSES + DIRECT) * BLOCK,
    blocks: 1 + reservedBlocks * (1 + backupGroups(geometry).length),
    xattrs: new Uint8Array(),
  };
}

/** The block of addresses of the blocks behind group 0's descriptors, each at the number of its descriptors. */
export function encodeDoubleIndirect({ descriptorBlocks, reservedBlocks }: Geometry): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  for (let index = 0; index < reservedBlocks; index += 1) {
    const place = (descriptorBlocks + index) % ADDRESSES;
    bytes.writeUInt32LE(1 + descriptorBlocks + index, place * 4);
  }
  return bytes;
}

/** The blocks behind group 0's descriptors: each has the addresses of its copies in the other groups. */
export function encodeReserved(geometry: Geometry): Buffer {
  const { descriptorBlocks, reservedBlocks } = geometry;
  const bytes = Buffer.alloc(reservedBlocks * BLOCK);
  const backups = backupGroups(geometry);
  for (let index = 0; index < reservedBlocks; index += 1) {
    for (const [at, group] of backups.entries()) {
      const block = group * BLOCKS_PER_GROUP + 1 + descriptorBlocks + index;
      bytes.writeUInt32LE(block, index * BLOCK + at * 4);
    }
  }
  return bytes;
}

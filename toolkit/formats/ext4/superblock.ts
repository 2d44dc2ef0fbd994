import { uuidToBytes } from '../../domain/uuid.ts';
import { crc32cUpdate } from '../crc32c.ts';
import { BLOCK, BLOCKS_PER_GROUP, EXTRA_INODE_SIZE, FIRST_INODE, INODE_SIZE, INODES } from './constants.ts';
import type { Geometry } from './geometry.ts';
import type { GroupUse } from './groups.ts';
import { INODE_BLOCK_SIZE } from './inode.ts';

/** What distinguishes one file system from another of the same layout. */
export interface Ext4Identity {
  readonly uuid: string;
  /** At most 16 bytes. */
  readonly label: string;
  /** UUID that the hashes of names begin with. */
  readonly hashSeed: string;
  /** Seconds since the epoch: when it was made, written and checked. */
  readonly epoch: number;
  /** Per cent of the blocks that only root may use. */
  readonly reservedPercent: number;
}

/** Where the journal is: what its inode has in `INODE_BLOCK_SIZE` bytes, and its size in bytes. */
export interface JournalPlace {
  readonly root: Uint8Array;
  readonly size: number;
}

export const SUPERBLOCK_SIZE = 1024;
const MAGIC = 0xef53;
const CLEAN = 1;
const REMOUNT_READ_ONLY = 2;
/** No count of mounts asks for a check. */
const NEVER = 0xffff;
/** user_xattr and acl */
const MOUNT_OPTIONS = 0x4 | 0x8;
const HALF_MD4 = 1;
const SIGNED_HASH = 1;
const CRC32C = 1;

/** The superblock as group `group` has it. Source: Linux, Documentation/filesystems/ext4/super.rst. */
export function encodeSuperblock(
  geometry: Geometry,
  uses: readonly GroupUse[],
  identity: Ext4Identity,
  journal: JournalPlace,
  group: number,
): Buffer {
  const bytes = Buffer.alloc(SUPERBLOCK_SIZE);
  const { blocks, inodesPerGroup, groups, form } = geometry;
  const { hasChecksums, hasJournal, hasExtents, features, groupsPerFlex } = form;
  const sum = (field: 'freeBlocks' | 'freeInodes') => uses.reduce((total, use) => total + use[field], 0);
  const u16 = (value: number, at: number) => bytes.writeUInt16LE(value, at);
  const u32 = (value: number, at: number) => bytes.writeUInt32LE(value, at);
  const split = (value: number, low: number, high: number) => {
    u32(value % 2 ** 32, low);
    u32(Math.floor(value / 2 ** 32), high);
  };
  u32(inodesPerGroup * groups.length, 0x00);
  split(blocks, 0x04, 0x150);
  split(Math.floor((blocks * identity.reservedPercent) / 100), 0x08, 0x154);
  split(sum('freeBlocks'), 0x0c, 0x158);
  u32(sum('freeInodes'), 0x10);
  // Sizes of blocks and clusters: 1024 << 2.
  u32(Math.log2(BLOCK / 1024), 0x18);
  u32(Math.log2(BLOCK / 1024), 0x1c);
  u32(BLOCKS_PER_GROUP, 0x20);
  u32(BLOCKS_PER_GROUP, 0x24);
  u32(inodesPerGroup, 0x28);
  u32(identity.epoch, 0x30);
  u16(NEVER, 0x36);
  u16(MAGIC, 0x38);
  u16(CLEAN, 0x3a);
  u16(REMOUNT_READ_ONLY, 0x3c);
  u32(identity.epoch, 0x40);
  // Revision: inodes of any size.
  u32(1, 0x4c);
  u32(FIRST_INODE, 0x54);
  u16(INODE_SIZE, 0x58);
  u16(group, 0x5a);
  u32(features.compat, 0x5c);
  u32(features.incompat, 0x60);
  u32(features.readOnlyCompat, 0x64);
  bytes.set(uuidToBytes(identity.uuid), 0x68);
  bytes.set(Buffer.from(identity.label).subarray(0, 16), 0x78);
  u16(geometry.reservedBlocks, 0xce);
  u32(hasJournal ? INODES.journal : 0, 0xe0);
  bytes.set(uuidToBytes(identity.hashSeed), 0xec);
  bytes[0xfc] = HALF_MD4;
  // What follows at 0x10c is a copy of where the journal is.
  bytes[0xfd] = hasJournal ? 1 : 0;
  u16(hasExtents ? form.descriptorSize : 0, 0xfe);
  u32(MOUNT_OPTIONS, 0x100);
  u32(identity.epoch, 0x108);
  if (hasJournal) {
    bytes.set(journal.root, 0x10c);
    split(journal.size, 0x10c + INODE_BLOCK_SIZE + 4, 0x10c + INODE_BLOCK_SIZE);
  }
  u16(EXTRA_INODE_SIZE, 0x15c);
  u16(EXTRA_INODE_SIZE, 0x15e);
  u32(SIGNED_HASH, 0x160);
  bytes[0x174] = Math.log2(groupsPerFlex);
  if (!hasChecksums) return bytes;
  bytes[0x175] = CRC32C;
  u32(crc32cUpdate(0xffffffff, bytes, 0, SUPERBLOCK_SIZE - 4), SUPERBLOCK_SIZE - 4);
  return bytes;
}

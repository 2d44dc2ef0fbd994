/**
 * Numbers of XFS as we write it. Sizes in bytes unless they say otherwise.
 * Source: XFS Algorithms & Data Structures; Linux, fs/xfs/libxfs/xfs_format.h and xfs_da_format.h.
 */
export const BLOCK = 4096;
export const SECTOR = 512;
export const INODE = 512;
export const INODES_PER_BLOCK = BLOCK / INODE;
/** Inodes are made 64 at once, in 8 blocks. */
export const CHUNK_INODES = 64;
export const CHUNK_BLOCKS = CHUNK_INODES / INODES_PER_BLOCK;
/** What no block and no inode has as its number. */
export const NONE32 = 0xffffffff;

/** Fixed parts of what lies in an inode, before its forks. */
export const INODE_CORE = 176;
/** Room of both forks of an inode. */
export const FORKS = INODE - INODE_CORE;

/** Roots of the trees of an allocation group: blocks of it, as mkfs.xfs places them. */
export const ROOTS = { bno: 1, count: 2, inode: 3, freeInode: 4, reverse: 5, references: 6 } as const;
/** Blocks at the head of an allocation group: its headers and those roots. */
export const HEAD_BLOCKS = 7;
/** Blocks that a group's trees of free space may take at once. */
export const FREE_LIST = 6;

/** The first chunk, which has the root; repair programs look for it there. */
export const ROOT_CHUNK = 16;

/** Most blocks that an extent of a file has: 21 bits. */
export const MOST_EXTENT = 2 ** 21 - 1;

/** finobt, rmapbt, reflink, inobtcount. */
export const RO_COMPATIBLE = 0x1 | 0x2 | 0x4 | 0x8;
/** ftype, sparse inodes, bigtime, nrext64. */
export const INCOMPATIBLE = 0x1 | 0x2 | 0x8 | 0x20;

/** Owners of blocks that no file has. */
export const OWNERS = { headers: -3, log: -4, group: -5, inodeTree: -6, inodes: -7, references: -8 } as const;

/** Numbers of btrfs. Sizes in bytes. Source: Linux, include/uapi/linux/btrfs_tree.h; btrfs.readthedocs.io, On-disk format. */
export const SECTOR = 4096;
export const NODE = 16384;
export const HEADER = 101;
export const MIB = 1024 ** 2;
/** All that we write is of one transaction. */
export const GENERATION = 5;

/** Where superblocks are; the disk has those that fit. */
export const SUPERBLOCKS = [64 * 1024, 64 * MIB, 256 * 1024 * MIB] as const;
/** Kept free behind the start of each superblock. */
export const STRIPE = 64 * 1024;

/** Trees by their numbers, which own their nodes. */
export const TREES = {
  ...{ root: 1, extent: 2, chunk: 3, device: 4, fs: 5, rootFolder: 6, checksum: 7, uuid: 9 },
  freeSpace: 10,
  relocation: -9n,
} as const;
/** Owner of all checksums, and of all chunks. */
export const CHECKSUMS = -10n;
export const FIRST_CHUNK_TREE = 256;
/** Number of a tree's own root folder. */
export const FIRST_INODE = 256;
export const DEVICE = 1;

export const KEYS = {
  ...{ inode: 1, inodeRef: 12, inodeExtRef: 13, xattr: 24, dirItem: 84, dirIndex: 96, extentData: 108 },
  ...{ checksum: 128, root: 132, extent: 168, metadata: 169, treeBlockRef: 176, extentDataRef: 178 },
  ...{
    blockGroup: 192,
    freeSpaceInfo: 198,
    freeSpaceExtent: 199,
    deviceExtent: 204,
    device: 216,
    chunk: 228,
  },
  uuidSubvolume: 251,
} as const;

/** What a chunk holds. */
export const CHUNK_TYPES = { data: 1, system: 2, metadata: 4 } as const;

/** mixed_backref, big_metadata, extended_iref, skinny_metadata, no_holes */
export const INCOMPATIBLE = 0x1 | 0x20 | 0x40 | 0x100 | 0x200;

/** free_space_tree, free_space_tree_valid: who writes has to keep that tree. */
export const COMPATIBLE_READ_ONLY = 0x1 | 0x2;

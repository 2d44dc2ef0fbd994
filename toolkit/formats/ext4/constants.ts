/** Sizes of the one kind of ext4 that we write; in bytes unless said. Source: Linux, Documentation/filesystems/ext4. */
export const BLOCK = 4096;
export const INODE_SIZE = 256;
/** A bitmap of one block has a bit for each. */
export const BLOCKS_PER_GROUP = 8 * BLOCK;
export const DESCRIPTOR_SIZE = 64;
export const LOG_GROUPS_PER_FLEX = 4;
export const GROUPS_PER_FLEX = 2 ** LOG_GROUPS_PER_FLEX;
/** Fields of an inode behind the first 128 bytes; extended attributes follow. */
export const EXTRA_INODE_SIZE = 32;

/** Inodes with a use of their own. */
export const INODES = { root: 2, resize: 7, journal: 8, lostAndFound: 11 } as const;
export const FIRST_INODE = 11;
export const FIRST_FREE_INODE = 12;

/** More names than this a file cannot have; a directory with more subdirectories counts 1. */
export const MAX_LINKS = 65000;

export const FEATURES = {
  /** has_journal, ext_attr, resize_inode, dir_index */
  compat: 0x4 | 0x8 | 0x10 | 0x20,
  /** filetype, extent, 64bit, flex_bg */
  incompat: 0x2 | 0x40 | 0x80 | 0x200,
  /** sparse_super, large_file, huge_file, dir_nlink, extra_isize, metadata_csum */
  readOnlyCompat: 0x1 | 0x2 | 0x8 | 0x20 | 0x40 | 0x400,
} as const;

export const INODE_FLAGS = { index: 0x1000, extents: 0x80000 } as const;

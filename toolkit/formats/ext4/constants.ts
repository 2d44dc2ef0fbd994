/** Sizes of what we write, ext2, ext3 and ext4; in bytes unless said. Source: Linux, Documentation/filesystems/ext4. */
export const BLOCK = 4096;
export const INODE_SIZE = 256;
/** A bitmap of one block has a bit for each. */
export const BLOCKS_PER_GROUP = 8 * BLOCK;
/** Fields of an inode behind the first 128 bytes; extended attributes follow. */
export const EXTRA_INODE_SIZE = 32;

/** Inodes with a use of their own. */
export const INODES = { root: 2, resize: 7, journal: 8, lostAndFound: 11 } as const;
export const FIRST_INODE = 11;
export const FIRST_FREE_INODE = 12;

export const INODE_FLAGS = { index: 0x1000, extents: 0x80000 } as const;

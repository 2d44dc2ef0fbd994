/** The file systems of one family: each is the one before it and more. */
export type ExtKind = 'ext2' | 'ext3' | 'ext4';

/** What a file system of a kind has. */
export interface ExtForm {
  /** Bytes of a group's descriptor. */
  readonly descriptorSize: number;
  /** Groups whose bitmaps and inode tables lie together: a power of 2. */
  readonly groupsPerFlex: number;
  readonly hasChecksums: boolean;
  /** Where a file is: a tree of extents, else blocks of addresses. */
  readonly hasExtents: boolean;
  readonly hasJournal: boolean;
  /** Most names of a file. A directory of ext4 with more subdirectories counts 1. */
  readonly maxLinks: number;
  /** The three words of features. */
  readonly features: { readonly compat: number; readonly incompat: number; readonly readOnlyCompat: number };
}

/** has_journal is ext3's and ext4's. */
const HAS_JOURNAL = 0x4;
/** ext_attr, resize_inode, dir_index; filetype; sparse_super, large_file */
const COMMON = { compat: 0x8 | 0x10 | 0x20, incompat: 0x2, readOnlyCompat: 0x1 | 0x2 } as const;
const OLD = {
  ...{ descriptorSize: 32, groupsPerFlex: 1, hasChecksums: false, hasExtents: false },
  maxLinks: 32_000,
} as const;

/** Source: Linux, Documentation/filesystems/ext4/super.rst; features as mke2fs.conf gives them to each kind. */
export const FORMS: Readonly<Record<ExtKind, ExtForm>> = {
  ext2: { ...OLD, hasJournal: false, features: COMMON },
  ext3: { ...OLD, hasJournal: true, features: { ...COMMON, compat: COMMON.compat | HAS_JOURNAL } },
  ext4: {
    ...{ descriptorSize: 64, groupsPerFlex: 16, hasChecksums: true, hasExtents: true, hasJournal: true },
    maxLinks: 65_000,
    features: {
      compat: COMMON.compat | HAS_JOURNAL,
      // extent, 64bit, flex_bg
      incompat: COMMON.incompat | 0x40 | 0x80 | 0x200,
      // huge_file, dir_nlink, extra_isize, metadata_csum
      readOnlyCompat: COMMON.readOnlyCompat | 0x8 | 0x20 | 0x40 | 0x400,
    },
  },
};

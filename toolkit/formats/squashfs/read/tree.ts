import { type ReadFiles, readFiles } from '../../read-files.ts';
import type { ByteSource } from '../../source.ts';
import { damaged } from './errors.ts';
import { readFragments, runReader } from './file-runs.ts';
import { readInode, type Tables } from './inode.ts';
import { openMetadata } from './metadata.ts';
import { readVolume } from './volume.ts';
import { xattrReader } from './xattr.ts';

/** A squashfs that was read. */
export interface SquashfsContent extends ReadFiles {
  readonly kind: 'squashfs';
  /** It has none. */
  readonly uuid: undefined;
  readonly label: '';
  /** Bytes that it takes. */
  readonly size: number;
}

/**
 * Reads the squashfs that begins `start` bytes into a source, compressed by zstd or zlib. It has no checksums: what is
 * damaged is found where it cannot be. Throws `SQUASHFS_DAMAGED`, and `SQUASHFS_UNSUPPORTED` with the name of what is not
 * read. Source: Linux, Documentation/filesystems/squashfs.rst.
 */
export async function readSquashfs(read: ByteSource, start = 0): Promise<SquashfsContent> {
  const volume = await readVolume(read, start);
  const metadata = openMetadata(volume);
  const tables: Tables = {
    ...{ volume, metadata },
    ids: await metadata.table(volume.tables.ids, volume.ids, 4),
    fragments: await readFragments(volume, metadata),
    xattrs: await xattrReader(volume, metadata),
  };
  const files = await readFiles({
    ...{ root: volume.root, damaged },
    readInode: async (inode) => await readInode(tables, inode),
    readRun: runReader(volume),
  });
  return { kind: 'squashfs', uuid: undefined, label: '', size: volume.size, ...files };
}

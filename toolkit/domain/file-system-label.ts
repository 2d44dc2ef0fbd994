import type { FileSystem } from './image-config/disk.ts';
import { isFat } from './image-partitions.ts';
import { withArticle } from './text.ts';
import { XFS_LABEL } from './xfs.ts';

/** Bytes of UTF-8 that the label of a file system has at most; 0: none is written. Sources: docs/formats; mkswap(8). */
const LABEL_BYTES: Readonly<Record<FileSystem, number>> = {
  ...{ ext2: 16, ext3: 16, ext4: 16, vfat: 11, fat16: 11, fat32: 11, xfs: XFS_LABEL, btrfs: 255, swap: 15 },
  ...{ erofs: 0, squashfs: 0 },
};

/** What is wrong with a label; undefined where nothing is. `isFoundBy`: fstab names the file system by it. */
export function labelProblem(fileSystem: FileSystem, label: string, isFoundBy: boolean): string | undefined {
  const [one, most] = [withArticle(fileSystem), LABEL_BYTES[fileSystem]];
  if (most === 0) return `${one} has no label: say name, the label of its partition`;
  if (Buffer.byteLength(label) > most) {
    return `${one} has ${most} bytes for its label, and '${label}' is longer`;
  }
  if (!isFat(fileSystem)) return undefined;
  // Source: Microsoft, FAT32 File System Specification 1.03.
  if (!/^[^"*+,./:;<=>?[\\\]|]*$/.test(label) || !/^[\x20-\x7e]*$/.test(label)) {
    return `the label of a FAT has letters, digits, spaces, _ and -: '${label}' has others`;
  }
  // mformat writes capitals.
  if (isFoundBy && /[a-z]/.test(label)) {
    return `a FAT has its label in capitals: write '${label.toUpperCase()}', or it is not found by it`;
  }
  return undefined;
}

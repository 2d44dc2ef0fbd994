import type { ImagePartition } from './image-config/disk.ts';
import type { TreeSize } from './image-job.ts';
import { isExt, isFat, isReadOnly } from './image-partitions.ts';
import { roundUp } from './round.ts';
import { xfsBytes } from './xfs.ts';

const MIB = 1024 ** 2;
const BLOCK = 4096;
/** FAT32 begins here. */
const LEAST_FAT = 34 * MIB;
const SWAP = 512 * MIB;

/** What an ext file system of a size is made with. */
export interface ExtSize {
  readonly inodes: number;
  /** MiB of the file system's journal. */
  readonly journalMib: number;
}

interface Content {
  readonly tree: TreeSize;
  /** Bytes of the kernel that it has to hold as boot programs. */
  readonly kernel: number | undefined;
  /** Bytes of the hash tree that it has to hold, with its error correction. */
  readonly hashes: number | undefined;
  /** Bytes before the file system, of the container that it lies in. */
  readonly container?: number;
}

/** Bytes of a partition that says no size: its content, and some room for what is yet to come. */
export function wantedBytes(partition: ImagePartition, content: Content): number {
  return (content.container ?? 0) + wantedInside(partition, content);
}

function wantedInside(partition: ImagePartition, { tree, kernel, hashes }: Content): number {
  const { fileSystem } = partition;
  const needed = contentBytes(fileSystem, tree);
  if (hashes !== undefined) return roundUp(hashes, MIB);
  if (fileSystem === undefined) return MIB;
  if (fileSystem === 'swap') return SWAP;
  if (isReadOnly(fileSystem)) return roundUp(needed + MIB, MIB);
  if (kernel !== undefined) return espBytes(kernel) + roundUp(needed, MIB);
  // Logs and keys of the running system want room even where nothing else does.
  const room = Math.max(64 * MIB, Math.ceil(needed / 4));
  if (isFat(fileSystem)) return roundUp(LEAST_FAT + needed + room, MIB);
  if (fileSystem === 'btrfs') return roundUp(needed + 2 * room + treeBytes(tree), MIB);
  if (fileSystem === 'xfs') return roundUp(xfsBytes(needed + room, tree.entries), MIB);
  return roundUp(needed + room + metadataBytes(needed + room, tree), MIB);
}

/** Bytes that a partition of `size` bytes must have at least; what tools of others make, they measure themselves. */
export function leastBytes(partition: ImagePartition, content: Content, size: number): number {
  const { container = 0 } = content;
  return container + leastInside(partition, content, Math.max(size - container, 0));
}

function leastInside(
  { fileSystem }: ImagePartition,
  { tree, kernel = 0, hashes }: Content,
  size: number,
): number {
  const needed = contentBytes(fileSystem, tree);
  if (hashes !== undefined) return hashes;
  if (isExt(fileSystem)) return needed + metadataBytes(size, tree);
  if (isFat(fileSystem)) return needed + 2 * kernel + MIB;
  if (fileSystem === 'btrfs') return needed + treeBytes(tree);
  if (fileSystem === 'xfs') return xfsBytes(needed, tree.entries);
  return fileSystem === undefined || isReadOnly(fileSystem) ? 0 : MIB;
}

/** Only our own writers of ext and XFS make holes. */
function contentBytes(fileSystem: ImagePartition['fileSystem'], { blocks, holes = 0 }: TreeSize): number {
  return (isExt(fileSystem) || fileSystem === 'xfs' ? blocks - holes : blocks) * BLOCK;
}

export function extSize(size: number, tree: TreeSize): ExtSize {
  // One inode for each 16 KiB, as mke2fs takes it, and at least as many again as are used.
  const inodes = Math.max(Math.ceil(size / 16384), 2 * tree.entries + 64);
  const journalMib = size < 512 * MIB ? 8 : size < 1024 * MIB ? 16 : 64;
  return { inodes, journalMib };
}

/** Room for two kernels, each as UKI and for GRUB; FAT32 begins at 32 MiB. */
function espBytes(kernelSize: number): number {
  return Math.max(64 * MIB, roundUp(4 * kernelSize + 8 * MIB, MIB));
}

/** Inode tables, journal, bitmaps and what is reserved for growing the file system. */
function metadataBytes(size: number, tree: TreeSize): number {
  const { inodes, journalMib } = extSize(size, tree);
  const groups = Math.ceil(size / (128 * MIB)) + 1;
  return inodes * 256 + journalMib * MIB + groups * 2 * BLOCK + 6 * MIB;
}

/** Chunks of btrfs that hold no contents, with room to change them. Each file takes about 500 bytes there. */
function treeBytes({ entries, blocks }: TreeSize): number {
  return 32 * MIB + Math.ceil((entries * 512 + blocks * 8) * 1.25);
}

import { type DiskLayout, PARTITION_ATTRIBUTES, PARTITION_TYPES, type Partition } from './disk.ts';
import { usageError } from './errors.ts';
import type { ImageDisk } from './image-config/disk.ts';
import type { ImageIdentity } from './image-identity.ts';
import type { TreeSize } from './image-job.ts';

const SECTOR = 512;
const MIB = 1024 ** 2;
const BLOCK = 4096;

/** A disk of ours and which of its partitions is for what. Offsets and sizes in bytes. */
export interface ImageLayout {
  readonly disk: DiskLayout;
  /** Where GRUB's core image lies; undefined when the disk starts by UEFI only. */
  readonly bios: Area | undefined;
  readonly esp: Area;
  readonly root: RootArea;
}

export interface Area {
  /** Number of the partition, from 1. */
  readonly number: number;
  readonly offset: number;
  readonly size: number;
}

export interface RootArea extends Area {
  readonly inodes: number;
  /** MiB of the file system's journal. */
  readonly journalMib: number;
}

/** What a layout depends on beside the content. */
interface LayoutConfig {
  readonly name: string;
  readonly disk: Pick<ImageDisk, 'size' | 'boot'>;
}

/**
 * Where everything of an image lies: GPT, a BIOS boot partition where BIOS machines start it, an ESP, and an
 * ext4 root behind them, which can grow. All starts and the size are whole MiB (Azure and Hyper-V ask for
 * it). Throws `IMAGE_TOO_LARGE` where the content does not fit into the configured size.
 */
export function planLayout(
  config: LayoutConfig,
  identity: ImageIdentity,
  tree: TreeSize,
  kernelSize: number,
): ImageLayout {
  const biosSize = config.disk.boot === 'uefi' ? 0 : MIB;
  const espSize = espBytes(kernelSize);
  const espOffset = MIB + biosSize;
  const rootOffset = espOffset + espSize;
  const needed = neededBytes(tree);
  const root = rootArea(config, tree, rootOffset, needed);
  const parts: Partition[] = [];
  const add = (
    name: string,
    type: string,
    uuid: string,
    area: Omit<Area, 'number'>,
    attributes = 0n,
  ): Area => {
    const startLba = area.offset / SECTOR;
    parts.push({ name, type, uuid, startLba, endLba: startLba + area.size / SECTOR - 1, attributes });
    return { number: parts.length, offset: area.offset, size: area.size };
  };
  const bios =
    biosSize === 0
      ? undefined
      : add('bios', PARTITION_TYPES.biosBoot, identity.biosPartition, { offset: MIB, size: biosSize });
  const esp = add('esp', PARTITION_TYPES.esp, identity.espPartition, { offset: espOffset, size: espSize });
  const grow = PARTITION_ATTRIBUTES.growFileSystem;
  const place = add('root', PARTITION_TYPES.rootX8664, identity.rootPartition, root, grow);
  return {
    disk: { size: rootOffset + root.size + MIB, sectorSize: SECTOR, uuid: identity.disk, partitions: parts },
    bios,
    esp,
    root: { ...place, ...extras(root.size, tree) },
  };
}

/** Room for two kernels, each as UKI and for GRUB; FAT32 begins at 32 MiB. */
function espBytes(kernelSize: number): number {
  return Math.max(64 * MIB, roundUp(4 * kernelSize + 8 * MIB, MIB));
}

function rootArea(
  config: LayoutConfig,
  tree: TreeSize,
  offset: number,
  needed: number,
): Omit<Area, 'number'> {
  if (config.disk.size === 'auto') {
    // Logs and keys of the running system want room even where nothing else does.
    const room = Math.max(64 * MIB, Math.ceil(needed / 4));
    return { offset, size: roundUp(needed + room + metadataBytes(needed + room, tree), MIB) };
  }
  const size = Math.floor((config.disk.size - offset - MIB) / MIB) * MIB;
  const missing = needed + metadataBytes(Math.max(size, 0), tree) - size;
  if (missing <= 0) return { offset, size };
  const least = Math.ceil((config.disk.size + missing) / MIB);
  throw usageError(
    'IMAGE_TOO_LARGE',
    `${config.name}: the content needs ${Math.ceil(missing / MIB)} MiB more than disk.size of ${config.disk.size / MIB} MiB gives`,
    { hint: `Set disk.size to at least "${least}M", or to auto.` },
  );
}

function neededBytes(tree: TreeSize): number {
  return tree.blocks * BLOCK;
}

function extras(size: number, tree: TreeSize): { inodes: number; journalMib: number } {
  // One inode for each 16 KiB, as mke2fs takes it, and at least as many again as are used.
  const inodes = Math.max(Math.ceil(size / 16384), 2 * tree.entries + 64);
  const journalMib = size < 512 * MIB ? 8 : size < 1024 * MIB ? 16 : 64;
  return { inodes, journalMib };
}

/** Inode tables, journal, bitmaps and what is reserved for growing the file system. */
function metadataBytes(size: number, tree: TreeSize): number {
  const { inodes, journalMib } = extras(size, tree);
  const groups = Math.ceil(size / (128 * MIB)) + 1;
  return inodes * 256 + journalMib * MIB + groups * 2 * BLOCK + 6 * MIB;
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}

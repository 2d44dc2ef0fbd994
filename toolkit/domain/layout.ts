import { type DiskLayout, MBR_PRIMARY, PARTITION_ATTRIBUTES, type Partition } from './disk.ts';
import { usageError } from './errors.ts';
import type { ImageDisk, ImagePartition } from './image-config/disk.ts';
import { isEncrypted, LUKS_PAYLOAD, LUKS_SECTOR } from './image-encryption.ts';
import type { ImageIdentity } from './image-identity.ts';
import type { TreeSize } from './image-job.ts';
import {
  diskPartitions,
  fileSystemUuid,
  isBiosBoot,
  isEsp,
  isFat,
  isVerityHash,
  partitionType,
  partitionUuid,
  VERITY_ROLES,
  type VerityRole,
  verifiedBy,
  verityRoles,
} from './image-partitions.ts';
import { parityRoots } from './image-verity.ts';
import { roundDown, roundUp } from './round.ts';
import { verityBytes } from './verity.ts';
import { type ExtSize, extSize, leastBytes, wantedBytes } from './volume-size.ts';

const SECTOR = 512;
const MIB = 1024 ** 2;

/** A disk of ours and which of its partitions is for what. Offsets and sizes in bytes. */
export interface ImageLayout {
  readonly disk: DiskLayout;
  readonly table: ImageDisk['table'];
  /** Index of the partition that an MBR marks as the one to start from. */
  readonly active: number | undefined;
  /** Where GRUB's core image lies; undefined when the disk starts by UEFI only. */
  readonly bios: Pick<Area, 'offset' | 'size'> | undefined;
  readonly esp: Volume | undefined;
  /** Undefined on a further disk. */
  readonly root: Volume | undefined;
  /** The partitions that are containers, of an encrypted root and others. */
  readonly containers: readonly Area[];
  /** What dm-verity checks, the root first. */
  readonly verified: readonly VerifiedVolume[];
  /** Partitions that a file system or swap is made in, ascending. */
  readonly volumes: readonly Volume[];
}

/** A file system that dm-verity checks. */
export interface VerifiedVolume {
  readonly role: VerityRole;
  readonly data: Volume;
  /** Where its hash tree lies. */
  readonly hashes: Volume;
}

export interface Area {
  /** Number of the partition, from 1, without the one that holds others in an MBR. */
  readonly number: number;
  readonly offset: number;
  readonly size: number;
}

/** A partition with a file system or swap; of an encrypted one what lies in the container. */
export interface Volume extends Area, ExtSize {
  readonly partition: ImagePartition;
  /** Of the file system; of FAT as `1234-ABCD`. */
  readonly uuid: string;
}

/** What a layout depends on beside the content. */
interface LayoutConfig {
  readonly name: string;
  readonly disk: Pick<ImageDisk, 'size' | 'boot' | 'table' | 'partitions'> &
    Partial<Pick<ImageDisk, 'verity' | 'usrVerity' | 'encryption' | 'place'>>;
}

/** How much a partition is to hold. */
export type ContentOf = (partition: ImagePartition) => TreeSize;

/**
 * Where everything of an image lies: the partitions of the configuration; without any, a BIOS boot partition
 * where BIOS machines start it, an ESP, and an ext4 root behind them, which can grow. Starts and sizes that
 * nobody gave are whole MiB (Azure and Hyper-V ask for it). Throws `IMAGE_TOO_LARGE` where the content does not
 * fit, saying by how much, and `IMAGE_PARTITIONS` for what cannot be.
 */
export function planLayout(
  config: LayoutConfig,
  identity: ImageIdentity,
  contentOf: ContentOf,
  kernelSize: number,
): ImageLayout {
  const { table, boot } = config.disk;
  const partitions = diskPartitions(config.disk);
  const wants = partitions.map((partition) => ({
    partition,
    tree: contentOf(partition),
    kernel: isEsp(partition, table) ? kernelSize : undefined,
    hashes: undefined,
    ...(isEncrypted(config.disk, partition) ? { container: LUKS_PAYLOAD } : {}),
  }));
  const areas = placeAll(config, withHashes(config, wants));
  const placed = withHashes(config, wants, areas);
  for (const [index, want] of placed.entries()) checkRoom(config, want, areas[index]!);
  const size = diskSize(config, partitions, areas);
  const all = areas.map((area, index): Volume => {
    const partition = partitions[index]!;
    const uuid = fileSystemUuid(partition, identity);
    return { ...area, partition, uuid, ...extSize(area.size, wants[index]!.tree) };
  });
  const volumes = all.map((volume, index) =>
    isEncrypted(config.disk, volume.partition) ? inContainer(volume, wants[index]!.tree) : volume,
  );
  const root = volumes.find(({ partition }) => partition.mount === '/');
  if (root?.partition.fileSystem === undefined && config.disk.place === undefined) {
    throw partitionsError(config, "none is mounted at '/'");
  }
  const activeIndex = partitions.findIndex(({ flags }) => flags.includes('boot'));
  return {
    table,
    disk: { size, sectorSize: SECTOR, uuid: identity.disk, partitions: tableOf(config, all, identity) },
    active: table === 'gpt' || activeIndex < 0 ? undefined : activeIndex,
    bios: boot === 'uefi' || boot === 'none' ? undefined : biosArea(config, all),
    esp: boot === 'none' ? undefined : espOf(config, all),
    root,
    containers: all.filter(({ partition }) => isEncrypted(config.disk, partition)),
    verified: verityRoles.flatMap((role) => verifiedVolume(config, volumes, role)),
    volumes: volumes
      .filter(({ partition }) => partition.fileSystem !== undefined)
      .sort((a, b) => a.offset - b.offset),
  };
}

/** The root of the disk that a machine starts from. */
export function rootOf({ root }: Pick<ImageLayout, 'root'>): Volume {
  if (root === undefined) throw new Error('a root is asked for on a disk that has none');
  return root;
}

function verifiedVolume(
  config: LayoutConfig,
  volumes: readonly Volume[],
  role: VerityRole,
): VerifiedVolume[] {
  if (verifiedBy(config.disk, role) === undefined) return [];
  const { mount } = VERITY_ROLES[role];
  const data = volumes.find(({ partition }) => partition.mount === mount);
  const hashes = volumes.find(({ partition }) => isVerityHash(partition, role));
  if (data === undefined || hashes === undefined)
    throw partitionsError(config, `none is mounted at '${mount}'`);
  return [{ role, data, hashes }];
}

/** What of a partition the file system in a LUKS container has. */
function inContainer(volume: Volume, tree: TreeSize): Volume {
  const offset = volume.offset + LUKS_PAYLOAD;
  const size = roundDown(volume.size - LUKS_PAYLOAD, LUKS_SECTOR);
  return { ...volume, offset, size, ...extSize(size, tree) };
}

interface Wanted {
  readonly partition: ImagePartition;
  readonly tree: TreeSize;
  /** Bytes of the kernel that it has to hold as boot programs. */
  readonly kernel: number | undefined;
  /** Bytes of the hash tree that it has to hold, with its error correction. */
  readonly hashes: number | undefined;
  /** Bytes of the container before its file system. */
  readonly container?: number;
}

/** Tells the partition of a hash tree how large that is: at most, before what it is made of has its place. */
function withHashes({ disk }: LayoutConfig, wants: readonly Wanted[], areas?: readonly Area[]): Wanted[] {
  return verityRoles.reduce(
    (all, role) => {
      const verity = verifiedBy(disk, role);
      const index = wants.findIndex(({ partition }) => partition.mount === VERITY_ROLES[role].mount);
      const data = wants[index];
      if (verity === undefined || data === undefined) return all;
      const { size, keptSize } = data.partition;
      const fixed = typeof size === 'number' ? size : undefined;
      const fits = keptSize !== undefined && leastBytes(data.partition, data, keptSize) <= keptSize;
      const wanted = fits ? keptSize : wantedBytes(data.partition, data);
      const most = size === 'max' && disk.size !== 'auto' ? disk.size : wanted;
      const hashes = verityBytes(areas?.[index]?.size ?? fixed ?? most, parityRoots(verity));
      return all.map((want) => (isVerityHash(want.partition, role) ? { ...want, hashes } : want));
    },
    [...wants],
  );
}

/** Each comes right after the one before, or where it is told to. */
function placeAll(config: LayoutConfig, wants: readonly Wanted[]): Area[] {
  const { table, size: diskBytes } = config.disk;
  const end = diskBytes === 'auto' ? undefined : diskBytes - MIB;
  const gap = (index: number): number =>
    table === 'mbr' && wants.length > MBR_PRIMARY && index >= MBR_PRIMARY - 1 ? MIB : 0;
  const sizes = wants.map(({ partition, ...content }) => {
    if (typeof partition.size === 'number') return partition.size;
    const { keptSize } = partition;
    if (keptSize !== undefined && leastBytes(partition, content, keptSize) <= keptSize) return keptSize;
    return partition.size === 'max' && end !== undefined ? undefined : wantedBytes(partition, content);
  });
  const areas: Area[] = [];
  let free = MIB;
  for (const [index, { partition }] of wants.entries()) {
    const offset = partition.start ?? roundUp(free, MIB) + gap(index);
    if (offset < MIB) throw partitionsError(config, `'${partition.id}' starts before 1M, where the table is`);
    const size = sizes[index] ?? roundDown(limitOf(index) - offset, MIB);
    areas.push({ number: index + 1, offset, size });
    free = offset + Math.max(size, 0);
  }
  checkOverlaps(config, wants, areas);
  return areas;

  /** Where the partition at an index has to end, so that those after it have their room. */
  function limitOf(index: number): number {
    let after = 0;
    for (let next = index + 1; next < wants.length; next += 1) {
      const { start } = wants[next]!.partition;
      if (start !== undefined) return start - gap(next) - after;
      after += gap(next) + roundUp(sizes[next] ?? 0, MIB);
    }
    return (end ?? 0) - after;
  }
}

function checkOverlaps(config: LayoutConfig, wants: readonly Wanted[], areas: readonly Area[]): void {
  const ordered = areas.toSorted((a, b) => a.offset - b.offset);
  const idOf = ({ number }: Area): string => `'${wants[number - 1]!.partition.id}'`;
  for (const [index, next] of ordered.slice(1).entries()) {
    const before = ordered[index]!;
    const over = before.offset + before.size - next.offset;
    if (over > 0) {
      throw partitionsError(config, `${idOf(before)} reaches ${mib(over)} MiB into ${idOf(next)}`);
    }
  }
}

/** Whether the content has room, before anything is written. */
function checkRoom(config: LayoutConfig, { partition, ...content }: Wanted, { offset, size }: Area): void {
  const missing = leastBytes(partition, content, Math.max(size, 0)) - size;
  if (missing <= 0 && size > 0) return;
  const more = mib(Math.max(missing, 1));
  const { disk, name } = config;
  const key = keyOf(config);
  const whose = disk.partitions.length === 0 ? 'the content' : `partition '${partition.id}'`;
  if (partition.size === 'max' && disk.size !== 'auto') {
    throw usageError(
      'IMAGE_TOO_LARGE',
      `${name}: ${whose} needs ${more} MiB more than ${key}.size of ${disk.size / MIB} MiB gives`,
      { hint: `Set ${key}.size to at least "${mib(disk.size + missing)}M", or to auto.` },
    );
  }
  throw usageError(
    'IMAGE_TOO_LARGE',
    `${name}: ${whose} needs ${more} MiB more than its ${size / MIB} MiB, from ${offset / MIB} MiB on`,
    { hint: `Set its size to at least "${mib(size + missing)}M", or to auto.` },
  );
}

function diskSize(
  config: LayoutConfig,
  partitions: readonly ImagePartition[],
  areas: readonly Area[],
): number {
  const last = areas.toSorted((a, b) => a.offset + a.size - (b.offset + b.size)).at(-1);
  const end = last === undefined ? MIB : last.offset + last.size;
  // The second table of a GPT lies behind all partitions.
  const least = config.disk.table === 'gpt' ? end + 34 * SECTOR : end;
  if (config.disk.size === 'auto') return roundUp(end, MIB) + MIB;
  const size = roundDown(config.disk.size, MIB);
  if (least <= size) return size;
  const what = last === undefined ? 'its table' : `partition '${partitions[last.number - 1]!.id}'`;
  const key = keyOf(config);
  throw usageError(
    'IMAGE_TOO_LARGE',
    `${config.name}: ${what} ends ${mib(least - size)} MiB beyond ${key}.size of ${size / MIB} MiB`,
    { hint: `Set ${key}.size to at least "${mib(least)}M", or to auto.` },
  );
}

function tableOf(
  { disk: { table } }: LayoutConfig,
  all: readonly Volume[],
  identity: ImageIdentity,
): Partition[] {
  const partitions = all.map(({ partition }) => partition);
  return all.map(({ partition, offset, size }, index) => ({
    name: partition.name ?? (table === 'mbr' ? partition.id : ''),
    type: partitionType(partition, table),
    uuid: partitionUuid({ table, partitions }, index, identity),
    startLba: offset / SECTOR,
    endLba: (offset + size) / SECTOR - 1,
    attributes: partition.grow ? PARTITION_ATTRIBUTES.growFileSystem : 0n,
  }));
}

/** A partition of a GPT; in an MBR all between the table and the first partition. */
function biosArea(config: LayoutConfig, all: readonly Volume[]): ImageLayout['bios'] {
  if (config.disk.table === 'mbr') {
    return { offset: SECTOR, size: Math.min(...all.map(({ offset }) => offset)) - SECTOR };
  }
  const found = all.find(({ partition }) => isBiosBoot(partition));
  if (found !== undefined) return { offset: found.offset, size: found.size };
  throw partitionsError(
    config,
    'a BIOS starts a GPT disk from one with the flag bios-grub, and there is none',
  );
}

function espOf(config: LayoutConfig, all: readonly Volume[]): Volume | undefined {
  const { table, boot } = config.disk;
  const esp = all.find(({ partition }) => isEsp(partition, table));
  if (esp === undefined && boot !== 'bios') {
    throw partitionsError(config, 'UEFI starts from one with the flag esp, and there is none');
  }
  if (esp !== undefined && !isFat(esp.partition.fileSystem)) {
    throw partitionsError(config, `'${esp.partition.id}' has the flag esp and is no vfat`);
  }
  return esp;
}

function partitionsError(config: LayoutConfig, what: string): Error {
  return usageError('IMAGE_PARTITIONS', `${config.name}: partitions: ${what}`, {
    hint: `Correct ${keyOf(config)}.partitions, or leave it out.`,
  });
}

/** Where the disk stands in the configuration. */
function keyOf({ disk: { place = 'disk' } }: LayoutConfig): string {
  return place;
}

function mib(bytes: number): number {
  return Math.ceil(bytes / MIB);
}

import { type DiskLayout, MBR_PRIMARY, PARTITION_ATTRIBUTES, PARTITION_TYPES } from '../domain/disk.ts';
import { usageError } from '../domain/errors.ts';
import { type FstabEntry, namedBy, parseFstab } from '../domain/fstab.ts';
import type {
  BootMode,
  DiskEncryption,
  FileSystem,
  ImageDisk,
  ImagePartition,
} from '../domain/image-config/disk.ts';
import { luksDevices, luksRole, scrambledSwaps } from '../domain/image-encryption.ts';
import { isVerityHash, mbrType, type VerityRole, verityRoles } from '../domain/image-partitions.ts';
import { USR_DEVICE } from '../domain/image-verity.ts';
import { roundUp } from '../domain/round.ts';
import type { FatKind } from '../formats/fat/index.ts';
import { type VolumeContainer, volumeNames } from '../formats/volumes.ts';
import type { BaseVerity } from './disk-verity.ts';
import type { OpenedDisk, OpenedVolume } from './opened-disk.ts';

/** What a disk that is written anew has of the one that was read. */
export interface KeptDisk {
  readonly boot: BootMode;
  readonly loader: ImageDisk['loader'];
  readonly table: ImageDisk['table'];
  readonly verity: ImageDisk['verity'];
  readonly usrVerity: ImageDisk['usrVerity'];
  /** Of the container that the root lies in. */
  readonly encryption: DiskEncryption['type'] | undefined;
  readonly size: ImageDisk['size'];
  readonly partitions: readonly ImagePartition[];
  /** By the roles of `imageIdentity`. */
  readonly uuids: Readonly<Record<string, string>>;
  /** Lines of its fstab that mount none of its partitions. */
  readonly otherMounts: readonly string[];
  /** Whether it has nothing but a root and what starts it. */
  readonly isPlain: boolean;
}

const MIB = 1024 ** 2;
/** Type of an MBR for FAT32. */
const LBA_FAT32 = 0x0c;

/**
 * The partitions of a disk as a configuration would ask for them, and its UUIDs. Throws `IMAGE_PARTITIONS` for one
 * whose content would be lost, `IMAGE_VERITY` for a root that nobody knows how to open again.
 */
export function keepDisk(disk: OpenedDisk): KeptDisk {
  const verity = keptVerity(disk.verity, 'its dm-verity root');
  const usrVerity = keptVerity(disk.usrVerity, 'its verified /usr');
  const { layout, mbr, volumes, fstab, boot, loader, commandLine = '' } = disk;
  const ids = partitionIds(volumes);
  const hashed = { root: verity !== undefined, usr: usrVerity !== undefined };
  const swaps = scrambledSwaps(commandLine);
  const isSwap = ({ partition }: OpenedVolume): boolean => swaps.includes(`PARTUUID=${partition.uuid}`);
  const isEncrypted = containerOf(volumes) !== undefined;
  for (const [index, volume] of volumes.entries()) {
    if (!isSwap(volume)) refuseLost(volume, ids[index]!, hashed, isEncrypted);
  }
  // The table of a logical partition lies before it.
  const gap = (index: number): number =>
    mbr !== undefined && volumes.length > MBR_PRIMARY && index >= MBR_PRIMARY - 1 ? MIB : 0;
  const partitions = volumes.map((volume, index) => {
    const before = index === 0 ? MIB : endOf(layout, index - 1);
    const start = layout.partitions[index]!.startLba * layout.sectorSize;
    const isNext = start === roundUp(before, MIB) + gap(index);
    const isByLabel = volume.mount === '/' && commandLine.includes('root=PARTLABEL=');
    return {
      ...keptPartition(volume, ids[index]!, layout.sectorSize, mbr?.types[index]),
      ...(isSwap(volume) ? ({ fileSystem: 'swap', encrypted: true } as const) : {}),
      ...{
        start: isNext ? undefined : start,
        flags: mbr?.active === index ? (['boot'] as const) : [],
        mountBy: isByLabel ? 'partlabel' : (volume.mountBy ?? 'partuuid'),
      },
    } as const;
  });
  if (mbr !== undefined) checkTypes(partitions, mbr.types);
  const end = Math.max(...layout.partitions.map((_, index) => endOf(layout, index)));
  return {
    verity: verity?.config,
    usrVerity: usrVerity?.config,
    encryption: containerOf(volumes)?.type,
    ...{ boot, loader, table: mbr === undefined ? 'gpt' : 'mbr' },
    size: roundUp(end, MIB) + MIB === layout.size ? 'auto' : layout.size,
    partitions,
    uuids: keptUuids(disk, ids, { root: verity, usr: usrVerity }),
    otherMounts: otherMounts(parseFstab(fstab ?? ''), volumes, luksDevices(commandLine)),
    isPlain: volumes.every(({ mount, partition: { type } }) => {
      const { biosBoot, esp, rootVerityX8664 } = PARTITION_TYPES;
      return mount === '/' || [biosBoot, esp, rootVerityX8664].some((one) => one === type);
    }),
  };
}

function keptVerity<T>(verity: T | 'unknown', what: string): T {
  if (verity !== 'unknown') return verity;
  throw usageError('IMAGE_VERITY', `the image opens ${what} in another way than distrokit`, {
    hint: 'Make the image again of its own configuration.',
  });
}

/** What is mounted nowhere, and what cannot be read, would not come along. */
function refuseLost(
  { partition, content, mount, tree }: OpenedVolume,
  id: string,
  hashed: Readonly<Record<VerityRole, boolean>>,
  isEncrypted: boolean,
): void {
  const isEsp = partition.type === PARTITION_TYPES.esp;
  const lost = (why: string, hint: string) =>
    usageError('IMAGE_PARTITIONS', `the partition '${partition.name || id}' of the image ${why}`, { hint });
  if (content.kind === 'other') {
    const hint =
      'ext2 to ext4, xfs, btrfs, erofs, squashfs, FAT and swap are read. Make the image again of its own configuration.';
    if (content.hint !== undefined) throw lost(`is not read: ${content.what}`, content.hint);
    throw lost(`holds ${content.what}, which is not read`, hint);
  }
  if (
    content.kind === 'hashes' &&
    !verityRoles.some((role) => hashed[role] && isVerityHash(partition, role))
  ) {
    throw lost('holds hashes of dm-verity for something else than the root or /usr', 'Make the image again.');
  }
  if (content.kind === 'tree' && content.container !== undefined && !isEncrypted) {
    const hint = 'Containers are opened with the one of the root: make the image again.';
    throw lost('is encrypted, and the root is not', hint);
  }
  const holdsFiles = content.kind === 'tree' || content.kind === 'fat';
  if (!holdsFiles || mount !== undefined || (isEsp && tree === undefined)) return;
  throw lost('is mounted nowhere: what is in it would be lost', "Add it to the image's /etc/fstab.");
}

function keptPartition(
  { partition, content, mount, mountOptions, tree }: OpenedVolume,
  id: string,
  sectorSize: number,
  mbrType: number | undefined,
): Omit<ImagePartition, 'start' | 'flags' | 'mountBy'> {
  const size = (partition.endLba + 1 - partition.startLba) * sectorSize;
  const isMadeAnew = ['tree', 'fat', 'hashes'].includes(content.kind);
  return {
    ...{ id, name: partition.name === '' ? undefined : partition.name, type: partition.type },
    ...(isMadeAnew ? { size: 'auto', keptSize: size } : { size }),
    grow: (partition.attributes & PARTITION_ATTRIBUTES.growFileSystem) !== 0n,
    ...contentKind(content, mbrType),
    ...(content.kind === 'tree' && content.container !== undefined && mount !== '/'
      ? { encrypted: true }
      : {}),
    // An ESP with nothing but what starts the disk gets no part of the tree.
    mount: tree === undefined ? undefined : mount,
    mountOptions,
    ...{ removeDocs: false, overlayBase: undefined, rdiffBase: undefined, artifacts: [] },
  };
}

function contentKind(
  content: OpenedVolume['content'],
  type: number | undefined,
): Pick<ImagePartition, 'fileSystem' | 'label'> {
  switch (content.kind) {
    case 'tree':
      return { fileSystem: content.files.kind, label: some(content.files.label) };
    case 'fat':
      return { fileSystem: fatKind(content.files.kind, type), label: some(content.files.label) };
    case 'swap':
      return { fileSystem: 'swap', label: some(content.label) };
    default:
      return { fileSystem: undefined, label: undefined };
  }
}

/** An MBR says whether FAT16 was asked for, or is one because there is little of it. FAT12 is what that becomes of still less. */
function fatKind(kind: FatKind, type: number | undefined): FileSystem {
  if (kind === 'fat32') return 'fat32';
  return type === LBA_FAT32 ? 'vfat' : 'fat16';
}

/** What an MBR says of them is made of what is in them: it has to say the same again. */
function checkTypes(partitions: readonly ImagePartition[], types: readonly number[]): void {
  for (const [index, partition] of partitions.entries()) {
    if (mbrType(partition) === types[index]) continue;
    const type = `0x${types[index]!.toString(16).padStart(2, '0')}`;
    throw usageError(
      'IMAGE_PARTITIONS',
      `partition ${index + 1} of the image has the type ${type} in its MBR`,
      {
        hint: 'Another one would be written. Make the image again of its own configuration.',
      },
    );
  }
}

/** Labels where they tell partitions apart; an MBR has none, there it is what they are for. */
function partitionIds(volumes: readonly OpenedVolume[]): string[] {
  const names = volumes.map(({ partition: { name, type }, mount, content }) => {
    if (name !== '') return name.toLowerCase();
    if (type === PARTITION_TYPES.esp) return 'esp';
    if (content.kind === 'swap') return 'swap';
    return mount === '/' ? 'root' : (mount?.slice(mount.lastIndexOf('/') + 1) ?? '');
  });
  return names.map((name, index) => {
    const isOwn = /^[a-z][a-z0-9_-]*$/.test(name) && names.indexOf(name) === names.lastIndexOf(name);
    return isOwn ? name : `partition${index + 1}`;
  });
}

function containerOf(volumes: readonly OpenedVolume[]): VolumeContainer | undefined {
  const root = volumes.find(({ mount }) => mount === '/');
  return root?.content.kind === 'tree' ? root.content.container : undefined;
}

function keptUuids(
  { layout: { uuid, partitions }, mbr, volumes }: OpenedDisk,
  ids: readonly string[],
  verified: Readonly<Record<VerityRole, Pick<BaseVerity, 'opened'> | undefined>>,
): Record<string, string> {
  const uuids: Record<string, string> = { disk: uuid };
  for (const role of verityRoles) {
    const verity = verified[role];
    if (verity !== undefined) uuids[`verity ${role}`] = verity.opened.uuid;
  }
  for (const [index, { content, mount }] of volumes.entries()) {
    const id = ids[index]!;
    if (content.kind === 'tree' && content.container !== undefined) {
      uuids[luksRole({ id, mount })] = content.container.uuid;
    }
    // In an MBR they come of the disk's signature.
    if (mbr === undefined) uuids[`partition ${id}`] = partitions[index]!.uuid;
    if (content.kind === 'tree') {
      const { uuid, hashSeed, otherUuids = {} } = content.files;
      if (uuid !== undefined) uuids[`file system ${id}`] = uuid;
      if (hashSeed !== undefined) uuids[`hash seed ${id}`] = hashSeed;
      for (const [role, other] of Object.entries(otherUuids)) uuids[`${role} ${id}`] = other;
    }
    // FAT has 32 bits of it.
    if (content.kind === 'fat')
      uuids[`file system ${id}`] = `${content.files.serial}-0000-0000-0000-000000000000`;
    if (content.kind === 'swap') uuids[`file system ${id}`] = content.uuid;
  }
  return uuids;
}

function otherMounts(
  entries: readonly FstabEntry[],
  volumes: readonly OpenedVolume[],
  opened: ReadonlyMap<string, string>,
): string[] {
  const names = volumes.map(({ partition, content }) => volumeNames(partition, content));
  return entries
    .filter(({ mount, source }) => mount !== '/' && source !== USR_DEVICE && !opened.has(source))
    .filter((entry) => names.every((one) => namedBy(entry, one) === undefined))
    .map(({ line }) => line);
}

function endOf({ partitions, sectorSize }: DiskLayout, index: number): number {
  return (partitions[index]!.endLba + 1) * sectorSize;
}

function some(text: string): string | undefined {
  return text === '' ? undefined : text;
}

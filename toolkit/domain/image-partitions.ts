import { mbrNumber, PARTITION_TYPES } from './disk.ts';
import type { FileSystem, ImageDisk, ImagePartition, VerifiedFileSystem } from './image-config/disk.ts';
import type { ImageIdentity } from './image-identity.ts';

const MIB = 1024 ** 2;

type DiskChoice = Pick<ImageDisk, 'size' | 'boot' | 'table' | 'partitions'> &
  Partial<Pick<ImageDisk, 'verity' | 'usrVerity' | 'encryption' | 'place'>>;

const PLAIN = {
  ...{ name: undefined, type: undefined, flags: [], start: undefined, grow: false, fileSystem: undefined },
  ...{ label: undefined, mount: undefined, mountOptions: undefined, removeDocs: false },
  ...{ overlayBase: undefined, rdiffBase: undefined, artifacts: [] },
} as const;

/**
 * The partitions of a disk in the order of their numbers: those of the configuration; without any, what starting it
 * needs and an ext4 root that can grow, on a further disk nothing. The hashes of dm-verity come last where they have no partition.
 */
export function diskPartitions(disk: DiskChoice): readonly ImagePartition[] {
  const partitions = disk.partitions.length > 0 ? disk.partitions : usualPartitions(disk);
  const wanted = verityRoles.filter(
    (role) =>
      verifiedBy(disk, role) !== undefined && !partitions.some((partition) => isVerityHash(partition, role)),
  );
  if (wanted.length === 0) return partitions;
  const hashes = wanted.map((role): ImagePartition => {
    const name = `${role}-verity`;
    return {
      ...PLAIN,
      ...{ id: name, name, size: 'auto', mountBy: 'partuuid', type: VERITY_ROLES[role].hashType },
    };
  });
  return [...partitions, ...hashes];
}

function usualPartitions(disk: DiskChoice): readonly ImagePartition[] {
  const { size, boot, table, verity, encryption } = disk;
  if (disk.place !== undefined) return [];
  const bios: ImagePartition = {
    ...PLAIN,
    ...{ id: 'bios', name: 'bios', flags: ['bios-grub'], size: MIB, mountBy: 'partuuid' },
  };
  const esp: ImagePartition = {
    ...PLAIN,
    ...{ id: 'esp', name: 'esp', flags: ['esp'], size: 'auto', fileSystem: 'fat32', label: 'ESP' },
    ...{ mount: '/boot/efi', mountOptions: 'noauto,umask=0077', mountBy: 'uuid' },
  };
  const root: ImagePartition = {
    ...PLAIN,
    ...{ id: 'root', name: 'root', size: size === 'auto' ? 'auto' : 'max' },
    grow: verity === undefined && encryption === undefined,
    ...{ fileSystem: 'ext4', label: 'root', mount: '/', mountBy: 'uuid' },
  };
  if (boot === 'none') return [root];
  // The core image of GRUB lies before the first partition of an MBR disk.
  return boot === 'uefi' || table === 'mbr' ? [esp, root] : [bios, esp, root];
}

/** What a dm-verity root can be. */
export const HASHED_ROOTS = ['ext4', 'erofs', 'squashfs'] as const;

export function isFat(fileSystem: FileSystem | undefined): boolean {
  return fileSystem === 'vfat' || fileSystem === 'fat16' || fileSystem === 'fat32';
}

export function isExt(fileSystem: FileSystem | undefined): boolean {
  return fileSystem === 'ext2' || fileSystem === 'ext3' || fileSystem === 'ext4';
}

/** Whether nothing can be written to it once it is made. */
export function isReadOnly(fileSystem: FileSystem | undefined): boolean {
  return fileSystem === 'erofs' || fileSystem === 'squashfs';
}

/** Folders with documentation. */
export const DOCUMENTATION: readonly string[] = ['/usr/share', '/usr/local/share'].flatMap((folder) =>
  ['doc', 'man', 'info', 'help', 'gtk-doc'].map((name) => `${folder}/${name}`),
);

/** Whether UEFI looks into it. In a GPT the flag `boot` means the same, as parted takes it. */
export function isEsp({ flags, type }: ImagePartition, table: ImageDisk['table']): boolean {
  return flags.includes('esp') || type === PARTITION_TYPES.esp || (table === 'gpt' && flags.includes('boot'));
}

/** Whether GRUB's core image lies in it. */
export function isBiosBoot({ flags, type }: ImagePartition): boolean {
  return flags.includes('bios-grub') || type === PARTITION_TYPES.biosBoot;
}

/** What dm-verity checks, and where it is mounted; its device is opened in this order. */
export const verityRoles = ['root', 'usr'] as const;
export type VerityRole = (typeof verityRoles)[number];

export const VERITY_ROLES: Readonly<
  Record<VerityRole, { readonly mount: string; readonly hashType: string }>
> = {
  root: { mount: '/', hashType: PARTITION_TYPES.rootVerityX8664 },
  usr: { mount: '/usr', hashType: PARTITION_TYPES.usrVerityX8664 },
};

/** How a disk has its root, or its /usr, verified. */
export function verifiedBy(
  { verity, usrVerity }: Partial<Pick<ImageDisk, 'verity' | 'usrVerity'>>,
  role: VerityRole,
): VerifiedFileSystem | undefined {
  return role === 'root' ? verity : usrVerity;
}

/** Whether the hash tree of a verified root lies in it, or that of /usr; without a role, either. */
export function isVerityHash({ type }: Pick<ImagePartition, 'type'>, role?: VerityRole): boolean {
  return verityRoles.some((one) => (role ?? one) === one && type === VERITY_ROLES[one].hashType);
}

const TYPES_BY_MOUNT: Readonly<Record<string, string>> = {
  '/': PARTITION_TYPES.rootX8664,
  '/home': '933ac7e1-2eb4-4f13-b844-0e14e2aef915',
  '/usr': PARTITION_TYPES.usrX8664,
  '/srv': '3b8f8425-20e0-4f3b-907f-1a25a76f98e8',
  '/var': '4d21b016-b534-45c2-a9fb-5c16e091fd2d',
  '/var/tmp': '7ec6f557-3bc5-4aca-b293-16ef5df639d1',
};

/** Type GUID: what the configuration says, else by flags, file system and mount point. */
export function partitionType(partition: ImagePartition, table: ImageDisk['table']): string {
  if (partition.type !== undefined) return partition.type;
  if (isEsp(partition, table)) return PARTITION_TYPES.esp;
  if (isBiosBoot(partition)) return PARTITION_TYPES.biosBoot;
  if (partition.fileSystem === 'swap') return PARTITION_TYPES.swap;
  return TYPES_BY_MOUNT[partition.mount ?? ''] ?? PARTITION_TYPES.linux;
}

/** What an MBR says of a partition: one byte. */
export function mbrType(partition: ImagePartition): number {
  const type = partitionType(partition, 'mbr');
  if (type === PARTITION_TYPES.esp) return 0xef;
  if (type === PARTITION_TYPES.swap) return 0x82;
  if (partition.fileSystem === 'fat16') return 0x0e;
  return isFat(partition.fileSystem) ? 0x0c : 0x83;
}

/** UUID of the partition at an index as the kernel tells it: the GPT's, or the MBR's signature and its number. */
export function partitionUuid(
  { table, partitions }: Pick<ImageDisk, 'table'> & { readonly partitions: readonly ImagePartition[] },
  index: number,
  identity: ImageIdentity,
): string {
  if (table === 'gpt') return identity.of(`partition ${partitions[index]!.id}`);
  const number = mbrNumber(index, partitions.length).toString(16).padStart(2, '0');
  return `${mbrSignature(identity).toString(16).padStart(8, '0')}-${number}`;
}

/** 32 bits that tell disks with an MBR apart; never 0. */
export function mbrSignature({ disk }: ImageIdentity): number {
  return Number.parseInt(disk.slice(0, 8), 16) || 1;
}

/** UUID of the file system of a partition; of FAT the serial number, as `1234-ABCD`. */
export function fileSystemUuid({ id, fileSystem }: ImagePartition, identity: ImageIdentity): string {
  const uuid = identity.of(`file system ${id}`);
  return isFat(fileSystem) ? `${uuid.slice(0, 4)}-${uuid.slice(4, 8)}`.toUpperCase() : uuid;
}

import type { FileSystem, ImagePartition } from './image-config/disk.ts';
import {
  encryptionArguments,
  isEncrypted,
  isScrambledSwap,
  LUKS_DEVICE,
  luksDevice,
} from './image-encryption.ts';
import { GROW_OPTION, growingPartition } from './image-grow.ts';
import type { ImageIdentity } from './image-identity.ts';
import {
  diskPartitions,
  fileSystemUuid,
  isExt,
  isFat,
  isReadOnly,
  partitionUuid,
} from './image-partitions.ts';
import { USR_DEVICE, usrArguments, verityArguments } from './image-verity.ts';

/** It has the first program: whoever mounts the root has to mount it, too. */
export const USR = '/usr';

const EARLY_ONLY = ['noauto', 'x-initrd.mount'];

type DiskChoice = Parameters<typeof diskPartitions>[0];

/**
 * Lines of fstab for what is on a disk, and on others: the root first, a mount before what is mounted in it, swap last.
 * `canGrow`: the image makes the file system grow that is to.
 */
export function mountLines(
  first: DiskChoice,
  ofFirst: ImageIdentity,
  canGrow = false,
  others: readonly { readonly disk: DiskChoice; readonly identity: ImageIdentity }[] = [],
): string[] {
  const all = [{ disk: first, identity: ofFirst }, ...others].flatMap((on) =>
    diskPartitions(on.disk).map((partition) => ({ ...on, partition })),
  );
  const mounted = all
    .filter(({ partition }) => partition.mount !== undefined)
    .sort((a, b) => (a.partition.mount! < b.partition.mount! ? -1 : 1));
  const swaps = all.filter(
    ({ disk, partition }) => partition.fileSystem === 'swap' && !isScrambledSwap(disk, partition),
  );
  const growing = canGrow ? growingPartition(first)?.id : undefined;
  return [...mounted, ...swaps].map(({ disk, identity, partition }) => {
    const { mount = 'none', mountOptions, fileSystem } = partition;
    if (mount === '/' && disk.verity !== undefined) {
      return `/dev/dm-0 / ${mountType(fileSystem)} ${readOnlyOptions(mountOptions)} 0 0`;
    }
    if (isEncrypted(disk, partition) && mount === '/') {
      return `${LUKS_DEVICE} / ${mountType(fileSystem)} ${mountOptions || 'defaults'} 0 0`;
    }
    const given = mountOptions || (isReadOnly(fileSystem) ? 'ro' : 'defaults');
    if (isMountedEarly(disk, partition)) {
      const isVerified = mount === USR && disk.usrVerity !== undefined;
      const own = isVerified ? readOnlyOptions(mountOptions) : given;
      return `${earlySource(disk, partition, identity)} ${mount} ${mountType(fileSystem)} ${earlyOnly(own)} 0 0`;
    }
    const options = partition.id === growing ? `${given},${GROW_OPTION}` : given;
    const source = mountSource(disk, partition, identity);
    return `${source} ${mount} ${mountType(fileSystem)} ${options} 0 ${checkOrder(partition)}`;
  });
}

/**
 * What the kernel is told of the root. Without an initramfs it knows partitions only, not what is in them: where
 * fstab names the file system, it is told the partition all the same. An initramfs is told what fstab says.
 */
export function rootArguments(disk: DiskChoice, identity: ImageIdentity, hasInitramfs = false): string[] {
  const partitions = diskPartitions(disk);
  const root = partitions.find(({ mount }) => mount === '/');
  if (root === undefined) return [];
  const sourceOf = (partition: ImagePartition): string =>
    `PARTUUID=${partitionUuid({ table: disk.table, partitions }, partitions.indexOf(partition), identity)}`;
  return [
    ...ownArguments(disk, root, identity, hasInitramfs),
    ...encryptionArguments(disk, partitions, identity, sourceOf),
    ...usrArguments(disk, identity),
  ];
}

function ownArguments(
  disk: DiskChoice,
  root: ImagePartition,
  identity: ImageIdentity,
  hasInitramfs: boolean,
): string[] {
  const partitions = diskPartitions(disk);
  const index = partitions.findIndex(({ mount }) => mount === root.mount);
  const { fileSystem, mountBy, name } = root;
  if (disk.verity !== undefined) {
    const words = verityArguments(disk, disk.verity, identity, hasInitramfs);
    return [`rootfstype=${mountType(fileSystem)}`, ...words];
  }
  if (isEncrypted(disk, root)) {
    return [`rootfstype=${mountType(fileSystem)}`, `root=${LUKS_DEVICE}`, 'rw'];
  }
  const byPartition =
    mountBy === 'partlabel'
      ? `PARTLABEL=${name}`
      : `PARTUUID=${partitionUuid({ table: disk.table, partitions }, index, identity)}`;
  const source = hasInitramfs ? mountSource(disk, root, identity) : byPartition;
  return [`rootfstype=${mountType(fileSystem)}`, `root=${source}`, isReadOnly(fileSystem) ? 'ro' : 'rw'];
}

/** Whether an initramfs has to mount it: /usr, and what it has opened a container for. */
export function isMountedEarly(disk: DiskChoice, partition: ImagePartition): boolean {
  const { mount } = partition;
  return mount !== undefined && (mount === USR || (mount !== '/' && isEncrypted(disk, partition)));
}

/** How an initramfs, and fstab, name what such a partition has to be mounted of. */
export function earlySource(disk: DiskChoice, partition: ImagePartition, identity: ImageIdentity): string {
  if (partition.mount === USR && disk.usrVerity !== undefined) return USR_DEVICE;
  const { mount = '' } = partition;
  return isEncrypted(disk, partition) ? luksDevice(mount) : mountSource(disk, partition, identity);
}

/**
 * An initramfs has mounted it, and it stays until the end: nothing of the running system waits for its device, which
 * udev has not seen come. Source: systemd.mount(5).
 */
function earlyOnly(options: string): string {
  return [...options.split(',').filter((word) => !EARLY_ONLY.includes(word)), ...EARLY_ONLY].join(',');
}

function readOnlyOptions(options = ''): string {
  const others = options.split(',').filter((option) => !['', 'defaults', 'rw', 'ro'].includes(option));
  return ['ro', ...others].join(',');
}

/** How fstab, and `root=` for an initramfs, name a partition. */
export function mountSource(disk: DiskChoice, partition: ImagePartition, identity: ImageIdentity): string {
  const partitions = diskPartitions(disk);
  switch (partition.mountBy) {
    case 'uuid':
      return `UUID=${fileSystemUuid(partition, identity)}`;
    case 'label':
      return `LABEL=${partition.label}`;
    case 'partlabel':
      return `PARTLABEL=${partition.name}`;
    case 'partuuid':
      return `PARTUUID=${partitionUuid({ table: disk.table, partitions }, partitions.indexOf(partition), identity)}`;
  }
}

/** What mount(8) calls it. */
export function mountType(fileSystem: FileSystem | undefined): string {
  return isFat(fileSystem) ? 'vfat' : (fileSystem ?? 'auto');
}

/** When fsck(8) looks at it: what checks itself, and what cannot be written to, is left out. */
function checkOrder({ mount, fileSystem }: ImagePartition): number {
  if (!isExt(fileSystem) && !isFat(fileSystem)) return 0;
  return mount === '/' ? 1 : 2;
}

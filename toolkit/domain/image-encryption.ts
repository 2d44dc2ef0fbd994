import type { ImageDisk, ImagePartition } from './image-config/disk.ts';
import type { ImageIdentity } from './image-identity.ts';

/** Bytes of a LUKS container before its payload: what cryptsetup leaves too, room for keys that are added later. */
export const LUKS_PAYLOAD = 16 * 1024 ** 2;

/** Bytes of a sector of its payload. */
export const LUKS_SECTOR = 4096;

/** Name of the device that the opened container of the root is. */
export const LUKS_NAME = 'root';

/** Where the opened root is. */
export const LUKS_DEVICE = `/dev/mapper/${LUKS_NAME}`;

type DiskChoice = Partial<Pick<ImageDisk, 'encryption'>>;
type PartitionChoice = Pick<ImagePartition, 'id' | 'mount' | 'encrypted' | 'fileSystem'>;

/** Whether a partition is a container that a file system lies in. */
export function isEncrypted({ encryption }: DiskChoice, partition: PartitionChoice): boolean {
  const { mount, encrypted, fileSystem } = partition;
  return encryption !== undefined && (mount === '/' || (encrypted === true && fileSystem !== 'swap'));
}

/** Whether it is swap that has another key at each start: nothing is in it before. */
export function isScrambledSwap({ encryption }: DiskChoice, partition: PartitionChoice): boolean {
  return encryption !== undefined && partition.encrypted === true && partition.fileSystem === 'swap';
}

/** UUID of the container of a partition, by which it is found. */
export function luksUuid(
  identity: ImageIdentity,
  partition: Pick<ImagePartition, 'id' | 'mount'> = { id: LUKS_NAME, mount: '/' },
): string {
  return identity.of(luksRole(partition));
}

/** By which `imageIdentity` knows the UUID of a container. */
export function luksRole({ id, mount }: Pick<ImagePartition, 'id' | 'mount'>): string {
  return mount === '/' ? 'luks root' : `luks partition ${id}`;
}

/** Where what is in a container is when that is open. */
export function luksDevice(mount: string): string {
  return `/dev/mapper/${luksName(mount)}`;
}

/** By what it is for, as an fstab has it that is kept: `luks-var-lib`. */
export function luksName(mount: string): string {
  return mount === '/' ? LUKS_NAME : `luks${mount.replaceAll(/[^\w.]+/g, '-')}`;
}

/** Devices of opened containers by the UUIDs of these, as a command line names them. */
export function luksDevices(commandLine: string): ReadonlyMap<string, string> {
  const words = commandLine.matchAll(/(?:^| )rd\.luks\.name=([^= ]+)=([^ ]+)/g);
  return new Map([...words].map(([, uuid, name]) => [`/dev/mapper/${name}`, uuid!]));
}

/** Partitions that a command line names as swap with another key at each start, as fstab would name them. */
export function scrambledSwaps(commandLine: string): string[] {
  return commandLine
    .split(' ')
    .filter((word) => word.startsWith(SWAP_WORD))
    .map((word) => word.slice(SWAP_WORD.length));
}

/** Begins what the initramfs is told of swap; the partition follows, named as fstab would. */
const SWAP_WORD = 'rd.distrokit.swap=';

/**
 * What the initramfs is told of an encrypted root and other containers, the root first, and of swap. `sourceOf` names a
 * partition. Source: dracut.cmdline(7), systemd-cryptsetup-generator(8).
 */
export function encryptionArguments(
  disk: DiskChoice,
  partitions: readonly ImagePartition[],
  identity: ImageIdentity,
  sourceOf: (partition: ImagePartition) => string,
): string[] {
  const containers = partitions
    .filter((partition) => isEncrypted(disk, partition))
    .sort((a, b) => Number(b.mount === '/') - Number(a.mount === '/'));
  return [
    ...containers.map((one) => `rd.luks.name=${luksUuid(identity, one)}=${luksName(one.mount ?? '')}`),
    ...partitions
      .filter((partition) => isScrambledSwap(disk, partition))
      .map((partition) => `${SWAP_WORD}${sourceOf(partition)}`),
  ];
}

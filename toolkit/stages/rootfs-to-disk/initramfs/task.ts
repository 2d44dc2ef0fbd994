import type { ImageConfig } from '../../../domain/image.ts';
import { type EarlyMount, earlyMounts } from '../../../domain/image-early-mounts.ts';
import { isScrambledSwap } from '../../../domain/image-encryption.ts';
import { diskPartitions } from '../../../domain/image-partitions.ts';
import type { ManifestEntry } from '../../../domain/manifest.ts';
import { driverOf } from '../kernel.ts';
import { kernelModules } from './modules.ts';

/** What an initramfs does before the root is mounted and its first program is started. */
export interface InitramfsTask {
  /** Drivers of disks that it loads first: names of modules, without those that they need. */
  readonly disks: readonly string[];
  /** The driver of the root's file system, where it is a module. */
  readonly fileSystem: string | undefined;
  /** Whether it opens the LUKS container that the root lies in, and others. */
  readonly unlocks: boolean;
  /** Whether it makes swap with a key of its own. */
  readonly scrambles?: boolean;
  /** How it opens what dm-verity checks: the root, /usr, or both. */
  readonly verity?: VerityTask;
  /** What it mounts below the root. */
  readonly early?: EarlyTask;
}

export interface EarlyTask {
  /** In this order. */
  readonly mounts: readonly EarlyMount[];
  /** Their file systems, where these are modules. */
  readonly drivers: readonly string[];
}

export interface VerityTask {
  /** Whether it reads all of one first. */
  readonly validates: boolean;
  /** Whether it gives the kernel a signature of a root hash. */
  readonly hasSignature: boolean;
}

/** Of the disks that machines of today have, virtual ones too, and of what these are connected by. */
const DISKS = [
  ...['virtio_pci', 'virtio_blk', 'virtio_scsi', 'hv_storvsc', 'pci_hyperv', 'vmw_pvscsi', 'mptspi'],
  ...['xen_blkfront', 'vmd', 'nvme', 'ahci', 'ata_piix', 'xhci_pci', 'ehci_pci', 'usb_storage', 'uas'],
  ...['sd_mod', 'sr_mod'],
];

/**
 * What has to be done for a disk whose kernel is `release`; undefined where the kernel mounts the root by itself. A
 * kernel without modules has all built in, or says later that it has not. `verity` is what it has to do for what
 * dm-verity checks. Throws what `earlyMounts` throws.
 */
export function initramfsTask(
  config: ImageConfig,
  release: string,
  entries: readonly ManifestEntry[],
  verity?: VerityTask,
): InitramfsTask | undefined {
  const { disk } = config;
  if (disk.boot === 'none') return undefined;
  const unlocks = disk.encryption !== undefined;
  const partitions = diskPartitions(disk);
  const root = partitions.find(({ mount }) => mount === '/');
  const modules = kernelModules(release, entries);
  const driver = driverOf(root?.fileSystem);
  const fileSystem = driver !== undefined && modules.has(driver) ? driver : undefined;
  const mounts = earlyMounts(config);
  if (!unlocks && fileSystem === undefined && verity === undefined && mounts.length === 0) return undefined;
  const disks = DISKS.filter((name) => modules.has(name));
  const wanted = new Set(mounts.map((mount) => driverOf(mount.fileSystem) ?? mount.type));
  const drivers = [...wanted].filter((name) => modules.has(name) && name !== fileSystem);
  return {
    ...{ unlocks, fileSystem, disks },
    ...(partitions.some((partition) => isScrambledSwap(disk, partition)) ? { scrambles: true } : {}),
    ...(verity === undefined ? {} : { verity }),
    ...(mounts.length === 0 ? {} : { early: { mounts, drivers } }),
  };
}

/** All that it loads, without what that needs. */
export function driversOf({ disks, fileSystem, early }: InitramfsTask): readonly string[] {
  return [...disks, ...(fileSystem === undefined ? [] : [fileSystem]), ...(early?.drivers ?? [])];
}

/** Programs of the image that it runs, beside what the shell has built in. */
export function programsOf(task: InitramfsTask): readonly string[] {
  const { unlocks, verity, early, scrambles } = task;
  return [
    ...(driversOf(task).length > 0 ? ['insmod'] : []),
    ...(unlocks ? ['cryptsetup', 'stty'] : ['findfs']),
    ...(unlocks && (scrambles || verity || early?.mounts.some(({ type }) => type !== 'overlay'))
      ? ['findfs']
      : []),
    ...(scrambles ? ['mkswap', 'swapon'] : []),
    ...(verity === undefined ? [] : ['veritysetup']),
    ...(verity?.validates === true ? ['cat'] : []),
    ...(verity?.hasSignature === true ? ['base64'] : []),
    ...['mount', 'sleep', 'switch_root'],
  ];
}

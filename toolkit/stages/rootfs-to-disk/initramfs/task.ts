import type { ImageConfig } from '../../../domain/image.ts';
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
  /** Whether it opens the LUKS2 container that the root lies in. */
  readonly unlocks: boolean;
}

/** Of the disks that machines of today have, virtual ones too, and of what these are connected by. */
const DISKS = [
  ...['virtio_pci', 'virtio_blk', 'virtio_scsi', 'hv_storvsc', 'pci_hyperv', 'vmw_pvscsi', 'mptspi'],
  ...['xen_blkfront', 'vmd', 'nvme', 'ahci', 'ata_piix', 'xhci_pci', 'ehci_pci', 'usb_storage', 'uas'],
  ...['sd_mod', 'sr_mod'],
];

/**
 * What has to be done for a disk whose kernel is `release`; undefined where the kernel mounts the root by itself. A
 * kernel without modules has all built in, or says later that it has not.
 */
export function initramfsTask(
  { disk }: Pick<ImageConfig, 'disk'>,
  release: string,
  entries: readonly ManifestEntry[],
): InitramfsTask | undefined {
  if (disk.boot === 'none') return undefined;
  const unlocks = disk.encryption !== undefined;
  const root = diskPartitions(disk).find(({ mount }) => mount === '/');
  const modules = kernelModules(release, entries);
  const driver = driverOf(root?.fileSystem);
  const fileSystem = driver !== undefined && modules.has(driver) ? driver : undefined;
  if (!unlocks && fileSystem === undefined) return undefined;
  return { unlocks, fileSystem, disks: DISKS.filter((name) => modules.has(name)) };
}

/** All that it loads, without what that needs. */
export function driversOf({ disks, fileSystem }: InitramfsTask): readonly string[] {
  return [...disks, ...(fileSystem === undefined ? [] : [fileSystem])];
}

/** Programs of the image that it runs, beside what the shell has built in. */
export function programsOf(task: InitramfsTask): readonly string[] {
  return [
    ...(driversOf(task).length > 0 ? ['insmod'] : []),
    ...(task.unlocks ? ['cryptsetup', 'stty'] : ['findfs']),
    ...['mount', 'sleep', 'switch_root'],
  ];
}

import type { ImageConfig } from '../../../domain/image.ts';
import { diskPartitions } from '../../../domain/image-partitions.ts';
import type { ManifestEntry } from '../../../domain/manifest.ts';
import { driverOf } from '../kernel.ts';
import { kernelModules } from './modules.ts';

/** What an initramfs does before the root is mounted and its first program is started. */
export interface InitramfsTask {
  /** Drivers that it loads first: names of modules, without those that they need. */
  readonly drivers: readonly string[];
  /** Whether it opens the LUKS2 container that the root lies in. */
  readonly unlocks: boolean;
}

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
  const driver = driverOf(root?.fileSystem);
  const isLoaded = driver !== undefined && kernelModules(release, entries).has(driver);
  if (!unlocks && !isLoaded) return undefined;
  return { unlocks, drivers: isLoaded ? [driver] : [] };
}

/** Programs of the image that it runs, beside what the shell has built in. */
export function programsOf({ drivers, unlocks }: InitramfsTask): readonly string[] {
  return [
    ...(drivers.length > 0 ? ['insmod'] : []),
    ...(unlocks ? ['cryptsetup', 'stty'] : ['findfs']),
    ...['mount', 'sleep', 'switch_root'],
  ];
}

import { usageError } from './errors.ts';
import type { ImageConfig } from './image.ts';
import type { FileSystem, ImageDisk, ImagePartition } from './image-config/disk.ts';
import { earlySource, isMountedEarly, mountType, USR } from './image-mounts.ts';
import { allDisks } from './image-other-disks.ts';
import { earlyOptions } from './image-overlays.ts';
import { diskPartitions, isReadOnly } from './image-partitions.ts';

/** What an initramfs mounts below the root, before the first program is started. */
export interface EarlyMount {
  /** As `root=` names a device; `overlay` for an overlay file system. */
  readonly source: string;
  /** Absolute path in the root. */
  readonly target: string;
  /** As mount(8) calls it. */
  readonly type: string;
  /** As mount(8) takes them; never empty. */
  readonly options: string;
  /** Undefined for an overlay. */
  readonly fileSystem: FileSystem | undefined;
}

/**
 * What an initramfs mounts: a /usr of its own, what else is encrypted, and the overlays of a configuration that want one,
 * after the partitions that these lie in. Throws `IMAGE_OVERLAYS` where one would write to what is read-only.
 */
export function earlyMounts(config: ImageConfig): EarlyMount[] {
  const early = config.overlays.filter((overlay) => overlay.early);
  const { disk } = config;
  const places = new Map(
    allDisks(config).flatMap((on) => diskPartitions(on.disk).map((partition) => [partition, on] as const)),
  );
  const partitions = [...places.keys()];
  const sourceOf = (partition: ImagePartition): string => {
    const on = places.get(partition)!;
    return earlySource(on.disk, partition, on.identity);
  };
  const own = partitions.filter((partition) => isMountedEarly(places.get(partition)!.disk, partition));
  const wanted = new Set([
    ...own.flatMap(({ mount }) => partitionsOn(mount!, partitions)),
    ...early.flatMap(({ lower, upper, work, mount, after }) =>
      [...lower, upper, work, mount, ...after].flatMap((path) => partitionsOn(path, partitions)),
    ),
  ]);
  for (const { upper } of early) {
    const holder = partitionsOn(upper, partitions).at(-1) ?? partitions.find(({ mount }) => mount === '/');
    if (holder === undefined || !cannotBeWritten(disk, holder)) continue;
    throw usageError(
      'IMAGE_OVERLAYS',
      `${config.name}: ${upper} is read-only, and an overlay is to write to it`,
      {
        hint: 'Mount a partition for it, and give upper and work folders of that.',
      },
    );
  }
  const mounted = [...wanted].sort((a, b) => (a.mount! < b.mount! ? -1 : 1));
  return [
    ...mounted.map((partition) => ({
      source: sourceOf(partition),
      target: partition.mount!,
      type: mountType(partition.fileSystem),
      options: ownOptions(partition, cannotBeWritten(disk, partition)),
      fileSystem: partition.fileSystem,
    })),
    ...early.map((overlay) => ({
      ...{ source: 'overlay', target: overlay.mount, type: 'overlay', options: earlyOptions(overlay) },
      fileSystem: undefined,
    })),
  ];
}

/** Partitions that have to be mounted for a path, outermost first; without the root. */
function partitionsOn(path: string, partitions: readonly ImagePartition[]): ImagePartition[] {
  return partitions
    .filter(({ mount }) => mount !== undefined && mount !== '/' && `${path}/`.startsWith(`${mount}/`))
    .sort((a, b) => a.mount!.length - b.mount!.length);
}

function cannotBeWritten({ verity, usrVerity }: ImageDisk, { mount, fileSystem }: ImagePartition): boolean {
  if (isReadOnly(fileSystem)) return true;
  return (mount === '/' && verity !== undefined) || (mount === USR && usrVerity !== undefined);
}

/** Without what only programs understand that read fstab. */
function ownOptions({ mountOptions = '' }: ImagePartition, isFixed: boolean): string {
  const words = mountOptions
    .split(',')
    .filter((word) => word !== '' && !/^(?:x-.*|defaults|nofail|auto|noauto|comment=.*|_netdev)$/.test(word));
  const first = isFixed || words.includes('ro') ? 'ro' : 'rw';
  return [first, ...words.filter((word) => word !== 'ro' && word !== 'rw')].join(',');
}

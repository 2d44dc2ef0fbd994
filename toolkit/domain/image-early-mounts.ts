import { usageError } from './errors.ts';
import type { ImageConfig } from './image.ts';
import type { FileSystem, ImagePartition } from './image-config/disk.ts';
import { mountSource, mountType } from './image-mounts.ts';
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
 * The overlays of a configuration that an initramfs mounts, after the partitions that these lie in. Throws `IMAGE_OVERLAYS`
 * where one would write to what is read-only.
 */
export function earlyMounts(config: ImageConfig): EarlyMount[] {
  const early = config.overlays.filter((overlay) => overlay.early);
  if (early.length === 0) return [];
  const { disk } = config;
  const places = new Map(
    allDisks(config).flatMap((on) => diskPartitions(on.disk).map((partition) => [partition, on] as const)),
  );
  const partitions = [...places.keys()];
  const sourceOf = (partition: ImagePartition): string => {
    const on = places.get(partition)!;
    return mountSource(on.disk, partition, on.identity);
  };
  const wanted = new Set(
    early.flatMap(({ lower, upper, work, mount, after }) =>
      [...lower, upper, work, mount, ...after].flatMap((path) => partitionsOn(path, partitions)),
    ),
  );
  for (const { upper } of early) {
    const holder = partitionsOn(upper, partitions).at(-1) ?? partitions.find(({ mount }) => mount === '/');
    const isRoot = holder?.mount === '/';
    if (!isReadOnly(holder?.fileSystem) && !(isRoot && disk.verity !== undefined)) continue;
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
      options: ownOptions(partition),
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

/** Without what only programs understand that read fstab. */
function ownOptions({ mountOptions = '', fileSystem }: ImagePartition): string {
  const words = mountOptions
    .split(',')
    .filter((word) => word !== '' && !/^(?:x-.*|defaults|nofail|auto|noauto|comment=.*|_netdev)$/.test(word));
  const first = isReadOnly(fileSystem) || words.includes('ro') ? 'ro' : 'rw';
  return [first, ...words.filter((word) => word !== 'ro' && word !== 'rw')].join(',');
}

import { type FstabEntry, namedBy, type PartitionNames, parseFstab } from './fstab.ts';
import type { ImageConfig } from './image.ts';
import { allDisks } from './image-other-disks.ts';
import { diskPartitions, fileSystemUuid, partitionUuid } from './image-partitions.ts';

/** What an initramfs mounts. Source: systemd.mount(5). */
const EARLY = 'x-initrd.mount';

/** How fstab may name each partition of an image's disks. */
export function partitionNames(config: ImageConfig): PartitionNames[] {
  return allDisks(config).flatMap(({ disk, identity }) => {
    const partitions = diskPartitions(disk);
    return partitions.map((partition, index): PartitionNames => {
      const { label, name } = partition;
      return {
        uuid: fileSystemUuid(partition, identity),
        partuuid: partitionUuid({ table: disk.table, partitions }, index, identity),
        ...(label === undefined ? {} : { label }),
        ...(name === undefined || name === '' ? {} : { partlabel: name }),
      };
    });
  });
}

/**
 * The fstab of a system that runs without the disks of its image: who waits for partitions that are not there starts
 * late, or not at all. Without the root, partitions of `own` and what an initramfs mounts; an overlay may fail, as its folders
 * may lie in another one. Undefined where nothing changes.
 */
export function liveMounts(fstab: string, own: readonly PartitionNames[]): string | undefined {
  const lines = new Map(parseFstab(fstab).map((entry) => [entry.line, entry]));
  const before = fstab.split('\n');
  const after = before.flatMap((line) => {
    const entry = lines.get(line);
    if (entry === undefined) return [line];
    if (isOfDisk(entry, own)) return [];
    return [entry.source === 'overlay' ? mayFail(entry) : line];
  });
  const text = after.join('\n');
  return text === fstab ? undefined : text;
}

function isOfDisk(entry: FstabEntry, own: readonly PartitionNames[]): boolean {
  if (entry.mount === '/' || entry.options.split(',').includes(EARLY)) return true;
  return own.some((names) => namedBy(entry, names) !== undefined);
}

function mayFail({ line, options }: FstabEntry): string {
  if (options.split(',').includes('nofail')) return line;
  // A function, as what replaces it may have a `$` of a folder in it.
  return line.replace(options, () => `${options},nofail`);
}

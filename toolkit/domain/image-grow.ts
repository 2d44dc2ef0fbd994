import type { ImageDisk, ImagePartition } from './image-config/disk.ts';
import type { ImageIdentity } from './image-identity.ts';
import type { ComposeFile } from './image-job.ts';
import { diskPartitions, isExt, partitionType } from './image-partitions.ts';

type DiskChoice = Pick<ImageDisk, 'size' | 'boot' | 'table' | 'partitions'>;

/** What an image has to have so that its partitions grow: absolute paths. Source: systemd-repart(8), systemd-growfs(8). */
export const GROWERS = ['/usr/bin/systemd-repart', '/usr/lib/systemd/systemd-growfs'] as const;

/** Option of fstab with which systemd grows a file system when it is mounted. Source: systemd.mount(5). */
export const GROW_OPTION = 'x-systemd.growfs';

/** What Linux makes larger while it is mounted. */
export function growsMounted({ fileSystem, mount }: Pick<ImagePartition, 'fileSystem' | 'mount'>): boolean {
  return mount !== undefined && (isExt(fileSystem) || fileSystem === 'xfs' || fileSystem === 'btrfs');
}

/** The partition of a disk that takes what the disk has more than its image. */
export function growingPartition(disk: DiskChoice): ImagePartition | undefined {
  // systemd-repart knows no other table.
  return disk.table === 'gpt' ? diskPartitions(disk).find(({ grow }) => grow) : undefined;
}

/**
 * What tells systemd-repart which partition grows. It matches its files, by name, with the partitions of the same
 * type, by number: those before the growing one have a file too, and stay as they are. Source: repart.d(5).
 */
export function growFiles(disk: DiskChoice, identity: ImageIdentity): ComposeFile[] {
  const growing = growingPartition(disk);
  if (growing === undefined) return [];
  const partitions = diskPartitions(disk);
  const type = partitionType(growing, disk.table);
  const before = partitions.slice(0, partitions.findIndex(({ grow }) => grow) + 1);
  const same = before.filter((partition) => partitionType(partition, disk.table) === type);
  return same.map((partition, index) => {
    const weight = partition.grow ? 1000 : 0;
    const lines = ['[Partition]', `Type=${type}`, 'SizeMinBytes=1M', `Weight=${weight}`];
    return {
      path: `/usr/lib/repart.d/${50 + index}-${identity.of(`partition ${partition.id}`)}.conf`,
      mode: 0o644,
      content: { text: lines.map((line) => `${line}\n`).join('') },
    };
  });
}

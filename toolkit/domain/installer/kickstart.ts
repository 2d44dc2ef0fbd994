import type { ImageDisk } from '../image-config/disk.ts';
import type { ImageInstaller } from '../image-config/system.ts';
import { diskPartitions } from '../image-partitions.ts';

/** Whether a medium installs without being told where: to its target, or where scripts of the user say. */
export function isUnattended({ target, kickstart }: Pick<ImageInstaller, 'target' | 'kickstart'>): boolean {
  return target !== undefined || kickstart;
}

/** The disk that scripts divide: what is to be free when they are done stays so. */
export function kickstartDisk(disk: ImageDisk): ImageDisk {
  return { ...disk, partitions: diskPartitions(disk).map((partition) => ({ ...partition, grow: false })) };
}

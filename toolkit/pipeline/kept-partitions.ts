import { usageError } from '../domain/errors.ts';
import type { ImageDisk, ImagePartition } from '../domain/image-config/disk.ts';
import { growsMounted } from '../domain/image-grow.ts';
import { diskPartitions, HASHED_ROOTS, isFat } from '../domain/image-partitions.ts';
import type { KeptDisk } from './kept-disk.ts';

type Before = Pick<KeptDisk, 'partitions' | 'table'>;

/**
 * The usual partitions of a disk that is to start otherwise, or to have a dm-verity root: root and ESP stay as large as
 * they are, and the root is of the kind that it is. `isResized`: the root takes what the disk has. Throws
 * `IMAGE_VERITY` for a root that dm-verity cannot have.
 */
export function usualPartitions(
  disk: ImageDisk,
  { partitions, table }: Before,
  isResized: boolean,
): readonly ImagePartition[] {
  const root = partitions.find(({ mount }) => mount === '/');
  if (root === undefined) return [];
  const { fileSystem = '' } = root;
  if (disk.verity !== undefined && !HASHED_ROOTS.some((one) => one === fileSystem)) {
    throw usageError('IMAGE_VERITY', `the root of the image is of ${fileSystem}, which is not of dm-verity`, {
      hint: `Say disk.partitions too, with a root of ${HASHED_ROOTS.join(', ')}.`,
    });
  }
  const esp = partitions.find((one) => one !== root && isFat(one.fileSystem));
  return diskPartitions({ ...disk, partitions: [] }).map((usual): ImagePartition => {
    if (usual.mount === '/') {
      const { id, label, mountBy, mountOptions } = root;
      // Nothing in an MBR says that it grows.
      const grows = table === 'mbr' || root.grow;
      return {
        ...{ ...usual, id, name: root.name ?? usual.name, fileSystem: root.fileSystem },
        ...{ label, mountBy, mountOptions, grow: usual.grow && grows && growsMounted(root) },
        ...(isResized ? {} : keptSize(root)),
      };
    }
    return usual.id === 'esp' && esp !== undefined ? { ...usual, ...keptSize(esp) } : usual;
  });
}

/**
 * Partitions that divide the disk anew: one that says no size is as large as what the image has in its place.
 * `saysSize`: whether the one at an index says one.
 */
export function sizedPartitions(
  wanted: readonly ImagePartition[],
  { partitions }: Before,
  saysSize: (index: number) => boolean,
): readonly ImagePartition[] {
  return wanted.map((partition, index) => {
    if (saysSize(index) || partition.mount === undefined) return partition;
    const before = partitions.find(({ mount }) => mount === partition.mount);
    return before === undefined ? partition : { ...partition, ...keptSize(before) };
  });
}

function keptSize({ keptSize }: ImagePartition): Pick<ImagePartition, 'keptSize'> {
  return keptSize === undefined ? {} : { keptSize };
}

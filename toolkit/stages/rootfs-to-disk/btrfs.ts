import type { ImageIdentity } from '../../domain/image-identity.ts';
import type { Volume } from '../../domain/layout.ts';
import type { ReadContent } from '../../domain/manifest.ts';
import { type BtrfsOptions, planBtrfs, writeBtrfs } from '../../formats/btrfs/index.ts';
import type { VolumeTree } from './volume-trees.ts';
import { type VolumeWriters, volumeWriters } from './volume-writers.ts';

/** How the btrfs file systems of a disk are made. */
export function btrfsOptions(
  volumes: readonly Volume[],
  identity: ImageIdentity,
  epoch: number,
): ReadonlyMap<Volume, BtrfsOptions> {
  const btrfs = volumes.filter(({ partition }) => partition.fileSystem === 'btrfs');
  return new Map(
    btrfs.map((volume): [Volume, BtrfsOptions] => {
      const { size, uuid, partition } = volume;
      return [
        volume,
        {
          ...{ size, uuid, epoch, label: partition.label ?? '' },
          deviceUuid: identity.of(`btrfs device ${partition.id}`),
          chunkTreeUuid: identity.of(`btrfs chunk tree ${partition.id}`),
          subvolumeUuid: identity.of(`btrfs subvolume ${partition.id}`),
        },
      ];
    }),
  );
}

/** What makes the bytes of each; all are laid out before the first is written. */
export function btrfsWriters(
  options: ReadonlyMap<Volume, BtrfsOptions>,
  trees: ReadonlyMap<string, VolumeTree> | undefined,
  read: ReadContent,
): VolumeWriters {
  return volumeWriters(options, trees, read, (entries, own) => {
    const plan = planBtrfs(entries, own);
    return (readOwn) => writeBtrfs(plan, readOwn);
  });
}

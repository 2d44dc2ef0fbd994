import type { Volume } from '../../domain/layout.ts';
import type { ReadContent } from '../../domain/manifest.ts';
import { planXfs, writeXfs, type XfsOptions } from '../../formats/xfs/index.ts';
import type { VolumeTree } from './volume-trees.ts';
import { type VolumeWriters, volumeWriters } from './volume-writers.ts';

/** How the XFS of a disk are made. */
export function xfsOptions(volumes: readonly Volume[], epoch: number): ReadonlyMap<Volume, XfsOptions> {
  const xfs = volumes.filter(({ partition }) => partition.fileSystem === 'xfs');
  return new Map(
    xfs.map((volume) => {
      const { size, uuid, partition } = volume;
      return [volume, { size, uuid, epoch, label: partition.label ?? '' }];
    }),
  );
}

/** What makes the bytes of each; all are laid out before the first is written. */
export function xfsWriters(
  options: ReadonlyMap<Volume, XfsOptions>,
  trees: ReadonlyMap<string, VolumeTree> | undefined,
  read: ReadContent,
): VolumeWriters {
  return volumeWriters(options, trees, read, (entries, own) => {
    const plan = planXfs(entries, own);
    return (readOwn) => writeXfs(plan, readOwn);
  });
}

import type { Volume } from '../../domain/layout.ts';
import type { ManifestEntry, ReadContent } from '../../domain/manifest.ts';
import type { PositionedBytes } from '../../formats/positioned.ts';
import { emptyTree, type VolumeTree } from './volume-trees.ts';

/** What makes the bytes of a file system, by its volume. */
export type VolumeWriters = ReadonlyMap<Volume, () => AsyncIterable<PositionedBytes>>;

/** What makes the bytes of each; all are laid out, by `plan`, before the first is written. */
export function volumeWriters<O extends { readonly epoch: number }>(
  options: ReadonlyMap<Volume, O>,
  trees: ReadonlyMap<string, VolumeTree> | undefined,
  read: ReadContent,
  plan: (entries: readonly ManifestEntry[], own: O) => (read: ReadContent) => AsyncIterable<PositionedBytes>,
): VolumeWriters {
  const writers = [...options].map(([volume, own]) => {
    const { entries, contentOf } = trees?.get(volume.partition.mount ?? '') ?? emptyTree(own.epoch);
    const write = plan(entries, own);
    const pieces = () => write((entry, from, target) => read(contentOf(entry), from, target));
    return [volume, pieces] as const;
  });
  return new Map(writers);
}

import { buildError } from '../../../domain/errors.ts';
import type { ManifestEntry } from '../../../domain/manifest.ts';

/** Gives the files of a manifest what a list says of them, in its order. Throws `ROOTFS_CONTENTS`. */
export function byFile<T>(
  entries: readonly ManifestEntry[],
  list: readonly T[],
): ReadonlyMap<ManifestEntry, T> {
  const files = entries.filter(({ type }) => type === 'file');
  if (files.length === list.length) return new Map(files.map((entry, index) => [entry, list[index]!]));
  throw buildError(
    'ROOTFS_CONTENTS',
    `there is content for ${list.length} files where the manifest has ${files.length}`,
    { hint: 'Compose the image again: change its configuration, or remove the cache.' },
  );
}

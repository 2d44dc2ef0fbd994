import type { ManifestEntry } from '../../domain/manifest.ts';
import { tarHeaderSize } from './entry.ts';
import { ARCHIVE_END } from './file.ts';
import type { XattrRecords } from './pax.ts';
import { blockPadding } from './ustar.ts';
import { tarPath } from './write.ts';

/** Where the contents of an archive's files begin, and how long it is; in bytes. */
export interface TarContents {
  readonly offsets: ReadonlyMap<ManifestEntry, number>;
  readonly size: number;
}

/** Where `writeTar` puts what, without reading what it wrote. The entries must be those that it was given. */
export function tarContents(entries: Iterable<ManifestEntry>, xattrs: XattrRecords): TarContents {
  const offsets = new Map<ManifestEntry, number>();
  let at = 0;
  for (const entry of entries) {
    at += tarHeaderSize(entry, tarPath(entry, Buffer.from(entry.path)), xattrs);
    if (entry.type !== 'file') continue;
    offsets.set(entry, at);
    at += entry.size + blockPadding(entry.size);
  }
  return { offsets, size: at + ARCHIVE_END };
}

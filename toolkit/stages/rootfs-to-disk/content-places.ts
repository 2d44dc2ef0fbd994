import { type ContentRun, contentPlacesLine } from '../../domain/image-disk.ts';
import type { Volume } from '../../domain/layout.ts';
import type { ManifestEntry } from '../../domain/manifest.ts';
import type { Ext4Plan } from '../../formats/ext4/index.ts';

/** A file system that is laid out, and what of the whole tree its files have. */
export interface PlannedExt {
  readonly plan: Ext4Plan;
  /** The file of the whole tree whose content an entry has. */
  readonly contentOf: (entry: ManifestEntry) => ManifestEntry;
}

/**
 * The list of where on the disk the content of each file is, as `contentPlacesLine` writes it. Undefined where one of
 * them is on none of these volumes, which have to be on the disk as they are.
 */
export function contentPlaces(
  volumes: ReadonlyMap<Volume, PlannedExt>,
  entries: readonly ManifestEntry[],
): AsyncIterable<Uint8Array> | undefined {
  const places = new Map<ManifestEntry, ContentRun[]>();
  for (const [{ offset: start }, { plan, contentOf }] of volumes) {
    const here = new Map<ManifestEntry, ContentRun[]>();
    for (const piece of plan.pieces()) {
      if (!('entry' in piece)) continue;
      const { entry, from, offset, length } = piece;
      const runs = here.get(entry) ?? [];
      runs.push({ from, offset: start + offset, length });
      here.set(entry, runs);
    }
    for (const [entry, runs] of here) places.set(contentOf(entry), runs);
  }
  const files = entries.filter(({ type }) => type === 'file');
  const isHole = ({ size, data }: ManifestEntry) => size === 0 || data?.length === 0;
  if (!files.every((entry) => isHole(entry) || places.has(entry))) return undefined;
  return textOf(files.map((entry) => contentPlacesLine(places.get(entry) ?? [])));
}

async function* textOf(lines: readonly string[]): AsyncGenerator<Uint8Array> {
  yield Buffer.from(lines.join(''));
}

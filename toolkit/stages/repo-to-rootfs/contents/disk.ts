import { readFile } from 'node:fs/promises';
import { readContentPlaces } from '../../../domain/image-disk.ts';
import type { ContentReader } from '../../../domain/image-rootfs.ts';
import type { ManifestEntry } from '../../../domain/manifest.ts';
import { openParts } from './parts.ts';
import { byFile } from './places.ts';

/** Opens the contents that lie on a raw disk, at `path`; `places` is the path of the list of where. */
export async function openDisk(
  path: string,
  places: string,
  entries: readonly ManifestEntry[],
): Promise<ContentReader> {
  const runs = byFile(entries, readContentPlaces(await readFile(places, 'utf8')));
  const file = openParts(path);
  const read = (entry: ManifestEntry, from: number, target: Uint8Array) => {
    const end = from + target.length;
    // What is in no run is a hole.
    const known = runs.get(entry) ?? [];
    if (known[0]?.length !== entry.size) target.fill(0);
    for (const run of known) {
      const first = Math.max(from, run.from);
      const last = Math.min(end, run.from + run.length);
      if (first >= last) continue;
      file.read(run.offset + first - run.from, target.subarray(first - from, last - from));
    }
  };
  return { read, [Symbol.dispose]: () => file[Symbol.dispose]() };
}

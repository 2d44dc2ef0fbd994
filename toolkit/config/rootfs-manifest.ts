import { createReadStream } from 'node:fs';
import { parseManifestLine } from '../domain/image-manifest.ts';
import type { ManifestEntry } from '../domain/manifest.ts';

/** The entries of a manifest's file, in its order, without the digests of contents. */
export async function readManifestEntries(path: string): Promise<ManifestEntry[]> {
  const entries: ManifestEntry[] = [];
  let rest = '';
  // Many lines at once: a step of an asynchronous loop for each takes longer than reading it.
  for await (const text of createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) entries.push(parseManifestLine(line));
  }
  if (rest !== '') entries.push(parseManifestLine(rest));
  return entries;
}

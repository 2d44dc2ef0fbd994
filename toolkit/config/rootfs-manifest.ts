import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { manifestEntries } from '../domain/image-manifest.ts';
import type { ManifestEntry } from '../domain/manifest.ts';

/** The entries of a manifest's file, in its order, without the digests of contents. */
export async function readManifestEntries(path: string): Promise<ManifestEntry[]> {
  return await manifestEntries(createInterface({ input: createReadStream(path) }));
}

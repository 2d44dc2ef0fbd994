import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { type ImagePlaces, isBareDisk, manifestFacts, readImageFacts } from '../config/image-folder.ts';
import { digestOfPieces } from '../domain/digest.ts';
import type { FileFacts, ImageFacts, InstalledPackage } from '../domain/image-difference.ts';
import { manifestLine } from '../domain/image-manifest.ts';
import { formatNevra } from '../domain/spec.ts';
import { openBytes } from './open-bytes.ts';
import { type OpenedDisk, readDisk, readInstalled } from './opened-disk.ts';

/**
 * What is known of an image: by what lies beside it, or else of what is on its disk. Throws as `readImageFacts` and
 * `readDisk` do.
 */
export async function readFacts(path: string, places: ImagePlaces): Promise<ImageFacts> {
  return (await isBareDisk(path)) ? await readDiskFacts(path) : await readImageFacts(path, places);
}

/**
 * What a raw disk tells of itself, without anything beside it. Packages are those of the rpm database; where there
 * is none they are not known. Throws as `readDisk`.
 */
async function readDiskFacts(path: string): Promise<ImageFacts> {
  await using file = await openBytes(path);
  const { size } = await stat(path);
  const disk = await readDisk(file.read, size);
  const { entries, content, commandLine } = disk;
  const files = new Map<string, FileFacts>();
  for (const entry of entries) {
    const digest = entry.type === 'file' ? await digestOfPieces(content(entry)) : undefined;
    const digested = digest === undefined ? entry : { ...entry, sha256: digest.sha256 };
    const { path: name, facts } = manifestFacts(manifestLine(digested));
    files.set(name, facts);
  }
  const { sha256 } = await digestOfPieces(createReadStream(path));
  const whole = { name: extname(path).slice(1), size, sha256 };
  return { packages: await installedNevras(disk), files, commandLine, artifacts: [whole] };
}

async function installedNevras(disk: OpenedDisk): Promise<InstalledPackage[] | undefined> {
  const packages = await readInstalled(disk);
  return packages?.map(({ header }) => ({ nevra: formatNevra(header), sha256: undefined }));
}

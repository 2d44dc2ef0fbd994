import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { usageError } from '../../domain/errors.ts';
import { isReadOnly } from '../../domain/image-partitions.ts';
import type { Step } from '../../domain/image-steps.ts';
import type { ImageLayout, Volume } from '../../domain/layout.ts';
import type { ManifestEntry } from '../../domain/manifest.ts';
import { makeErofs, squash } from '../../domain/read-only-tree.ts';
import type { ReadContent } from '../../formats/ext4/index.ts';
import { writeTar } from '../../formats/tar/index.ts';
import { WORK } from './places.ts';
import type { VolumeTree } from './volume-trees.ts';

const CHUNK = 1 << 20;
const MIB = 1024 ** 2;

/** Volumes whose file system programs make of a tar. */
export function readOnlyVolumes({ volumes }: ImageLayout): readonly Volume[] {
  return volumes.filter(({ partition }) => isReadOnly(partition.fileSystem));
}

/** Makes `WORK/volume-N.image` of `WORK/volume-N.tar`, N being the number of the partition. */
export function readOnlyStep({ number, uuid, partition }: Volume, top: ManifestEntry, epoch: number): Step {
  const files = { tar: `${WORK}/volume-${number}.tar`, output: imageIn(WORK, { number }) };
  return partition.fileSystem === 'squashfs' ? squash(epoch, top, files) : makeErofs(epoch, uuid, files);
}

/** Writes the tar of a volume into the folder that is the sandbox's `WORK`. */
export async function writeVolumeTar(
  folder: string,
  { number }: Volume,
  { entries, contentOf }: VolumeTree,
  read: ReadContent,
): Promise<void> {
  async function* content(entry: ManifestEntry): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < entry.size; at += CHUNK) {
      const bytes = Buffer.allocUnsafe(Math.min(CHUNK, entry.size - at));
      await read(contentOf(entry), at, bytes);
      yield bytes;
    }
  }
  const path = `${folder}/volume-${number}.tar`;
  await pipeline(writeTar(entries, content, { xattrs: 'both' }), createWriteStream(path, { mode: 0o644 }));
}

/** Where a volume was made; throws `IMAGE_TOO_LARGE` where it does not fit into its partition. */
export async function readOnlyImage(folder: string, volume: Volume): Promise<{ path: string; size: number }> {
  const path = imageIn(folder, volume);
  const { size } = await stat(path);
  if (size <= volume.size) return { path, size };
  const { id, fileSystem } = volume.partition;
  const missing = Math.ceil((size - volume.size) / MIB);
  throw usageError(
    'IMAGE_TOO_LARGE',
    `partition '${id}': its ${fileSystem} needs ${missing} MiB more than ${volume.size / MIB} MiB`,
    { hint: `Set its size to at least "${Math.ceil(size / MIB)}M", or to auto.` },
  );
}

function imageIn(folder: string, { number }: Pick<Volume, 'number'>): string {
  return `${folder}/volume-${number}.image`;
}

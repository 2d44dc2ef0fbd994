import { open } from 'node:fs/promises';
import { usageError } from '../../domain/errors.ts';
import type { ImageConfig } from '../../domain/image.ts';
import { latin1Text } from '../../domain/image-bytes.ts';
import type { DiskVerity } from '../../domain/image-config/disk.ts';
import type { ImageIdentity } from '../../domain/image-identity.ts';
import { parityRoots, type VerityRoot, verityIdentity } from '../../domain/image-verity.ts';
import type { ManifestEntry, ReadContent } from '../../domain/manifest.ts';
import { VERITY_BLOCK } from '../../domain/verity.ts';
import type { PositionedBytes } from '../../formats/gpt/index.ts';
import { wholeBytes } from '../../formats/positioned.ts';
import { writeVerityTree } from '../../formats/verity/index.ts';
import { writeAll } from '../../formats/write-all.ts';
import { missingOptions } from './kernel.ts';

/** What opens a dm-verity root without an initramfs. */
function neededOptions(verity: DiskVerity): string[] {
  const correction = verity.errorCorrection ? ['CONFIG_DM_VERITY_FEC'] : [];
  return ['CONFIG_DM_INIT', 'CONFIG_DM_VERITY', ...correction];
}

/** Where the hashes of the root are made. */
export function hashesIn(folder: string): string {
  return `${folder}/root.verity`;
}

/** Writes the hash device of a root of `size` bytes, with its error correction, to `path`. */
export async function writeRootHashes(
  root: AsyncIterable<PositionedBytes>,
  size: number,
  verity: DiskVerity,
  identity: ImageIdentity,
  path: string,
): Promise<VerityRoot> {
  const dataBlocks = Math.ceil(size / VERITY_BLOCK);
  await using file = await open(path, 'wx');
  const rootHash = await writeVerityTree(
    wholeBytes(root, dataBlocks * VERITY_BLOCK),
    dataBlocks,
    { ...verityIdentity(identity), roots: parityRoots(verity) },
    async ({ offset, bytes }) => await writeAll(file, bytes, offset),
  );
  return { rootHash, dataBlocks };
}

/**
 * Whether the kernel of an image can open a dm-verity root, and the folders to be laid over are there. A kernel that
 * does not say what it is made of is trusted. Throws `IMAGE_VERITY`.
 */
export async function checkVerity(
  { name, disk: { verity } }: ImageConfig,
  release: string,
  entries: readonly ManifestEntry[],
  read: ReadContent,
): Promise<void> {
  if (verity === undefined) return;
  const missing = await missingOptions(release, neededOptions(verity), entries, read);
  if (missing.length > 0) {
    throw usageError(
      'IMAGE_VERITY',
      `${name}: the kernel ${release} is made without ${missing.join(' and ')}`,
      { hint: hintFor(missing) },
    );
  }
  const byPath = new Map(entries.map((entry) => [latin1Text(entry.path), entry]));
  for (const folder of verity.overlays) {
    const path = Buffer.from(folder).toString('latin1').slice(1);
    if (byPath.get(path)?.type === 'directory') continue;
    throw usageError('IMAGE_VERITY', `${name}: the image has no folder ${folder} to lay anything over`, {
      hint: 'Correct disk.verity.overlays.',
    });
  }
}

function hintFor(missing: readonly string[]): string {
  return missing.includes('CONFIG_DM_INIT') || missing.includes('CONFIG_DM_VERITY')
    ? 'Take another kernel, such as kernel-generic, or leave disk.verity out.'
    : 'Take another kernel, or leave disk.verity.errorCorrection out.';
}

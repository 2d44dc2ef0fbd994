import type { ManifestEntry } from '../../../toolkit/domain/manifest.ts';
import { type BtrfsOptions, planBtrfs, writeBtrfs } from '../../../toolkit/formats/btrfs/index.ts';
import { MIB, readEntry } from './ext4.ts';
import { writeImage } from './write-image.ts';

export const BTRFS: BtrfsOptions = {
  size: 128 * MIB,
  uuid: '11111111-2222-3333-4444-555555555555',
  deviceUuid: '22222222-2222-3333-4444-555555555555',
  chunkTreeUuid: '33333333-2222-3333-4444-555555555555',
  subvolumeUuid: '44444444-2222-3333-4444-555555555555',
  label: 'data',
  epoch: 1_700_000_000,
};

/** Writes a file system as a sparse file. */
export async function writeBtrfsImage(
  path: string,
  entries: readonly ManifestEntry[],
  options: Partial<BtrfsOptions> = {},
  read = readEntry,
): Promise<void> {
  const plan = planBtrfs(entries, { ...BTRFS, ...options });
  await writeImage(path, writeBtrfs(plan, read), plan.size);
}

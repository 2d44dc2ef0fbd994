import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { ManifestEntry } from '../../../toolkit/domain/manifest.ts';
import { type BtrfsOptions, planBtrfs, writeBtrfs } from '../../../toolkit/formats/btrfs/index.ts';
import { MIB, readEntry } from './ext4.ts';

export const BTRFS: BtrfsOptions = {
  size: 128 * MIB,
  uuid: '11111111-2222-3333-4444-555555555555',
  deviceUuid: '22222222-2222-3333-4444-555555555555',
  chunkTreeUuid: '33333333-2222-3333-4444-555555555555',
  subvolumeUuid: '44444444-2222-3333-4444-555555555555',
  label: 'data',
  epoch: 1_700_000_000,
};

/** Writes a file system as a sparse file, checking that it goes forward. */
export async function writeBtrfsImage(
  path: string,
  entries: readonly ManifestEntry[],
  options: Partial<BtrfsOptions> = {},
  read = readEntry,
): Promise<void> {
  const plan = planBtrfs(entries, { ...BTRFS, ...options });
  const file = openSync(path, 'w');
  let end = 0;
  for await (const { offset, bytes } of writeBtrfs(plan, read)) {
    if (offset < end) throw new Error(`a write at ${offset} comes after one that ends at ${end}`);
    writeSync(file, bytes, 0, bytes.length, offset);
    end = offset + bytes.length;
  }
  if (end > plan.size) throw new Error('a write goes beyond the end');
  ftruncateSync(file, plan.size);
  closeSync(file);
}

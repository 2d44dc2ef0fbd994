import { buildError } from '../../../domain/errors.ts';

/** What cannot be, or has another checksum than it says. */
export function damaged(what: string): Error {
  return buildError('BTRFS_DAMAGED', `btrfs: ${what}.`, {
    hint: 'Take another copy of the image, or look at this one with btrfs check.',
  });
}

/** What is whole, and not read here. */
export function unsupported(what: string, hint?: string): Error {
  const docs = 'docs/formats/btrfs.md';
  return buildError('BTRFS_UNSUPPORTED', `btrfs: ${what}.`, hint === undefined ? { docs } : { docs, hint });
}

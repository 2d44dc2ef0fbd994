import { buildError } from '../../../domain/errors.ts';

/** What cannot be, or has another checksum than it says. */
export function damaged(what: string): Error {
  return buildError('XFS_DAMAGED', `xfs: ${what}.`, {
    hint: 'Take another copy of the image, or let xfs_repair repair this one.',
  });
}

/** What is whole, and not read here. */
export function unsupported(what: string): Error {
  return buildError('XFS_UNSUPPORTED', `xfs: ${what}.`, { docs: 'docs/formats/xfs.md' });
}

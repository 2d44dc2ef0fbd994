import { buildError } from '../../../domain/errors.ts';

/** What cannot be, or has another checksum than it says. */
export function damaged(what: string): Error {
  return buildError('EXT4_DAMAGED', `ext4: ${what}.`, {
    hint: 'Take another copy of the image, or let e2fsck repair this one.',
  });
}

/** What is whole, and not read here. */
export function unsupported(what: string): Error {
  return buildError('EXT4_UNSUPPORTED', `ext4: ${what}.`, { docs: 'docs/formats/ext4.md' });
}

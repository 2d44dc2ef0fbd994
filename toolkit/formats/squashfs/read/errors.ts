import { buildError } from '../../../domain/errors.ts';

/** What cannot be, or does not unpack. */
export function damaged(what: string, cause?: unknown): Error {
  const hint = 'Take another copy of the image.';
  return buildError('SQUASHFS_DAMAGED', `squashfs: ${what}.`, {
    hint,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** What is whole, and not read here. */
export function unsupported(what: string): Error {
  return buildError('SQUASHFS_UNSUPPORTED', `squashfs: ${what}.`, { docs: 'docs/formats/squashfs.md' });
}

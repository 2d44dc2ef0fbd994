import { buildError } from '../../../domain/errors.ts';

/** What cannot be, or does not unpack. */
export function damaged(what: string): Error {
  const hint = 'Take another copy of the image.';
  return buildError('EROFS_DAMAGED', `erofs: ${what}.`, { hint });
}

/** What is whole, and not read here. */
export function unsupported(what: string): Error {
  return buildError('EROFS_UNSUPPORTED', `erofs: ${what}.`, { docs: 'docs/formats/erofs.md' });
}

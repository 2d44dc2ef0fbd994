import { buildError } from './errors.ts';
import type { ManifestEntry } from './manifest.ts';

/** `CONTENT_SIZE`: a file has `size` bytes, and its entry says another number. */
export function contentSizeError(entry: ManifestEntry, size: number): Error {
  const path = Buffer.from(entry.path).toString();
  const found = size > entry.size ? 'more' : `only ${size}`;
  return buildError('CONTENT_SIZE', `${path} has ${found} bytes where the manifest says ${entry.size}.`, {
    hint: 'Run again: the file changed while it was read.',
  });
}

import type { FileDigest } from './digest.ts';
import { buildError } from './errors.ts';
import type { Ports } from './ports.ts';

/** Path of stored content; `what` is told where it is gone. Throws `STORE_MISSING`. */
export async function stored(
  { sha256 }: FileDigest,
  what: string,
  { store }: Pick<Ports, 'store'>,
): Promise<string> {
  const path = await store.find(sha256);
  if (path !== undefined) return path;
  throw buildError('STORE_MISSING', `${what} (${sha256}) is no longer in the cache`, {
    hint: 'Run it again.',
  });
}

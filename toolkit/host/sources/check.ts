import { stat } from 'node:fs/promises';
import { usageError } from '../../domain/errors.ts';
import type { FetchedSource, SourceRequest } from '../../domain/sources.ts';
import { signaturesName } from './update.ts';
import type { FoundSource, SourceDeps } from './wanted.ts';

/** Throws `SOURCE_MISMATCH` unless a file beside the spec has one of the hashes listed. */
export function requireHash(
  request: SourceRequest,
  file: string,
  sha256: string,
  listed: readonly string[],
): void {
  if (listed.includes(sha256)) return;
  throw usageError(
    'SOURCE_MISMATCH',
    `${request.specPath}: ${file} beside it has SHA-256 ${sha256}, ${signaturesName(request)} lists ${listed.join(' or ')}`,
    { hint: 'Restore the file, or run with SRPM_FILE_SIGNATURE_HANDLING=update if the new one is right.' },
  );
}

/** What is known of stored bytes, under the name that the spec has for them. */
export async function toFetched(file: string, found: FoundSource, deps: SourceDeps): Promise<FetchedSource> {
  const path = await deps.store.find(found.sha256);
  if (path === undefined) throw new Error(`${file} (${found.sha256}) left the store`);
  const { size } = await stat(path);
  return { file, digest: { sha256: found.sha256, size }, path, provider: found.provider };
}

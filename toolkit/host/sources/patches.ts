import { dirname } from 'node:path';
import { usageError } from '../../domain/errors.ts';
import { acceptedHashes, type FetchedSource, type SourceRequest } from '../../domain/sources.ts';
import type { SpecSource } from '../../domain/spec.ts';
import { requireHash, toFetched } from './check.ts';
import { localFile, storeLocalFile } from './local.ts';
import { signaturesName } from './update.ts';
import type { SourceDeps } from './wanted.ts';

/**
 * Patches, which lie beside the spec: one that is listed must have the hash listed, and what is not listed is
 * said once for all of them.
 */
export async function fetchPatches(
  request: SourceRequest,
  patches: readonly SpecSource[],
  deps: SourceDeps,
  signal: AbortSignal,
): Promise<FetchedSource[]> {
  const { signatures, mode, specPath } = request;
  const fetched: FetchedSource[] = [];
  const missing: string[] = [];
  const unlisted: string[] = [];
  for (const { file } of patches) {
    const local = await localFile(dirname(specPath), file, deps);
    if (local === undefined) {
      missing.push(file);
      continue;
    }
    const listed = acceptedHashes(signatures, file);
    if (listed.length === 0) unlisted.push(file);
    else if (mode === 'enforce') requireHash(request, file, local.digest.sha256, listed);
    else if (mode === 'skip' && !listed.includes(local.digest.sha256)) warn(request, file, deps);
    fetched.push(await toFetched(file, await storeLocalFile(local, deps, signal), deps));
  }
  if (missing.length > 0) {
    throw usageError('PATCH_NOT_FOUND', `${specPath}: not beside it: ${missing.join(', ')}`, {
      hint: 'Patches are never downloaded: put each beside the spec.',
    });
  }
  if (unlisted.length > 0) {
    const message = `${specPath}: not checked, because ${signaturesName(request)} does not list them: ${unlisted.join(', ')}`;
    deps.events.emit({ type: 'notice.given', level: 'info', message });
  }
  return fetched;
}

function warn(request: SourceRequest, file: string, deps: SourceDeps): void {
  const message = `${request.specPath}: ${file} is used unchecked: it is not the one that ${signaturesName(request)} lists`;
  deps.events.emit({ type: 'notice.given', level: 'warning', message });
}

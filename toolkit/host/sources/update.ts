import { basename, dirname, join } from 'node:path';
import { formatSignatures } from '../../config/signatures.ts';
import { acceptedHashes, type FetchedSource, type SourceRequest } from '../../domain/sources.ts';
import { writeFileAtomically } from '../files.ts';

/** Base name of the signatures file that belongs to a spec. */
export function signaturesName({ specPath }: Pick<SourceRequest, 'specPath'>): string {
  return `${basename(specPath, '.spec')}.signatures.json`;
}

/**
 * Rewrites the signatures file with the hashes of what was seen, atomically; not touched when nothing changes.
 * Entries of files that were not seen stay, because another architecture or condition of the spec may use them.
 * A patch is updated only where it is listed. Bytes that an alternative stands for stay an alternative.
 */
export async function updateSignatures(
  request: SourceRequest,
  fetched: readonly FetchedSource[],
): Promise<void> {
  const sources = new Set(request.sources.map(({ file }) => file));
  const signatures = new Map(request.signatures.signatures);
  let changed = false;
  for (const { file, digest } of fetched) {
    if (!sources.has(file) && !signatures.has(file)) continue;
    if (acceptedHashes(request.signatures, file).includes(digest.sha256)) continue;
    signatures.set(file, digest.sha256);
    changed = true;
  }
  if (!changed) return;
  const path = join(dirname(request.specPath), signaturesName(request));
  await writeFileAtomically(path, formatSignatures({ ...request.signatures, signatures }));
}

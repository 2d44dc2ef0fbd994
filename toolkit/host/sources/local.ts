import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileDigest } from '../../domain/digest.ts';
import { usageError } from '../../domain/errors.ts';
import { hostErrorFromIo } from '../io-errors.ts';
import type { FoundSource, SourceDeps, WantedSource } from './wanted.ts';

/** A file that lies beside a spec. */
export interface LocalFile {
  readonly path: string;
  readonly digest: FileDigest;
}

/** The file of this name beside the spec; undefined where there is none. */
export async function localFile(
  folder: string,
  file: string,
  deps: SourceDeps,
): Promise<LocalFile | undefined> {
  const path = join(folder, file);
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined || !stats.isFile()) return undefined;
  try {
    return { path, digest: await deps.digests.digest(path) };
  } catch (error) {
    throw hostErrorFromIo(error, path);
  }
}

/** Puts a file beside the spec into the store, unless it is there. */
export async function storeLocalFile(
  local: LocalFile,
  deps: SourceDeps,
  signal: AbortSignal,
): Promise<FoundSource> {
  const { sha256 } = local.digest;
  if ((await deps.store.find(sha256)) !== undefined) return { sha256, provider: 'spec folder' };
  const stored = await deps.store.putFile(local.path, signal);
  if (stored.sha256 !== sha256) {
    throw usageError('SOURCE_CHANGED', `${local.path} was changed while it was read`, { hint: 'Run again.' });
  }
  return { sha256, provider: 'spec folder' };
}

/** Files beside the spec under the names of alternatives: used where the hash fits, else only talked about. */
export async function findLocalAlternative(
  wanted: WantedSource,
  deps: SourceDeps,
  signal: AbortSignal,
): Promise<FoundSource | undefined> {
  for (const { file, sha256 } of wanted.candidates.slice(1)) {
    if (file === wanted.file) continue;
    const local = await localFile(wanted.folder, file, deps);
    if (local === undefined) continue;
    if (local.digest.sha256 === sha256) return await storeLocalFile(local, deps, signal);
    const answer = `${file} has SHA-256 ${local.digest.sha256}, not ${sha256}`;
    wanted.answers.push({ provider: 'spec folder', answer });
  }
  return undefined;
}

import { randomUUID } from 'node:crypto';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Sha256 } from '../../domain/digest.ts';
import type { FileDigests } from '../../domain/ports.ts';
import { makeFolder, writeFileAtomically } from '../files.ts';
import { hostErrorFromIo } from '../io-errors.ts';
import type { PackageServerDeps } from './server.ts';

/** A file of a metadata folder. */
export interface MetadataFile {
  /** Path in the folder. */
  readonly path: string;
  readonly sha256: Sha256;
}

const LISTING = 'files.json';
const UNUSED_MS = 24 * 60 * 60 * 1000;
const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);
const listingSchema = z.array(z.strictObject({ path: z.string(), sha256: sha256Schema }));

/**
 * Makes a folder that holds stored files under their names. It appears whole or not at all; one that is there
 * and undamaged is left as it is.
 */
export async function layOut(
  folder: string,
  files: readonly MetadataFile[],
  deps: PackageServerDeps,
  signal: AbortSignal,
): Promise<void> {
  if (await isWhole(folder, deps.digests)) return;
  const temporary = `${folder}.${randomUUID()}.tmp`;
  try {
    await makeFolder(temporary);
    for (const { path, sha256 } of files) {
      await makeFolder(dirname(join(temporary, path)));
      await deps.store.checkout(sha256, join(temporary, path), signal);
    }
    await writeFileAtomically(join(temporary, LISTING), JSON.stringify(files));
    await rm(folder, { recursive: true, force: true });
    await rename(temporary, folder).catch(async (error: unknown) => {
      // Another process may have been quicker with the same content.
      if (!(await isWhole(folder, deps.digests))) throw error;
    });
  } catch (error) {
    throw hostErrorFromIo(error, folder);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Notes which repomd.xml a server had. */
export async function remember(folder: string, key: string, repomd: Sha256): Promise<void> {
  await writeFileAtomically(join(folder, `${key}.json`), JSON.stringify(repomd));
}

/** The repomd.xml that a server had the last time, where its folder is still whole. */
export async function readRemembered(
  folder: string,
  key: string,
  digests: FileDigests,
): Promise<Sha256 | undefined> {
  const repomd = await readSha256(join(folder, `${key}.json`));
  return repomd !== undefined && (await isWhole(join(folder, repomd), digests)) ? repomd : undefined;
}

/** Removes folders that no server refers to any more, a day after they were made: a run may still use them. */
export async function removeOldFolders(folder: string): Promise<void> {
  const names = await readdir(folder);
  const notes = names.filter((name) => name.endsWith('.json'));
  const used = new Set(await Promise.all(notes.map((name) => readSha256(join(folder, name)))));
  for (const name of names.filter((entry) => !entry.endsWith('.json') && !used.has(entry))) {
    const stats = await stat(join(folder, name)).catch(() => undefined);
    if (stats === undefined || Date.now() - stats.mtimeMs < UNUSED_MS) continue;
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function isWhole(folder: string, digests: FileDigests): Promise<boolean> {
  try {
    const listing = listingSchema.parse(JSON.parse(await readFile(join(folder, LISTING), 'utf8')));
    for (const { path, sha256 } of listing) {
      if ((await digests.digest(join(folder, path))).sha256 !== sha256) return false;
    }
    return true;
  } catch {
    return false;
  }
}

async function readSha256(path: string): Promise<Sha256 | undefined> {
  try {
    return sha256Schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

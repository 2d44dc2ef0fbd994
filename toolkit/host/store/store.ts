import { createReadStream } from 'node:fs';
import { constants, copyFile, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FileDigest, Sha256 } from '../../domain/digest.ts';
import type { FileDigests, Store } from '../../domain/ports.ts';
import { makeFolder, pathExists, removeOldTemporaries, replaceFile } from '../files.ts';
import { hasCode, hostErrorFromIo } from '../io-errors.ts';
import { createActions } from './actions.ts';
import { type ImportSummary, importCache } from './import.ts';
import { type StoreLayout, storeLayout } from './layout.ts';
import { receive } from './receive.ts';
import { takeFile } from './take.ts';
import { type TrimSummary, trimStore } from './trim.ts';
import { createUsage } from './usage.ts';

export interface CacheStore extends Store {
  /** Removes what was used longest ago until at most `limitBytes` of content are left. */
  trim(limitBytes: number, signal: AbortSignal): Promise<TrimSummary>;
  /** Takes over the action results of another cache folder; every byte is verified. */
  importFrom(cacheDir: string, signal: AbortSignal, names?: readonly string[]): Promise<ImportSummary>;
}

/**
 * The store in `cacheDir`, with partial work in `tmp` on the same file system. Files in it are named by what
 * they hold, and never change.
 */
export function createStore(
  cacheDir: string,
  digests: FileDigests,
  tmp = join(cacheDir, 'partial'),
): CacheStore {
  const layout = storeLayout(cacheDir, tmp);
  const usage = createUsage(layout);
  const actions = createActions(layout, digests, usage);
  // We hashed these as we wrote them: they are not read again.
  const written = new Set<Sha256>();

  const putStream: Store['putStream'] = async (bytes, expected, signal) => {
    const digest = await receive(layout, bytes, expected, signal);
    written.add(digest.sha256);
    await usage.mark(digest.sha256);
    return digest;
  };
  const swept = new Set<string>();
  const sweep = async (folder: string) => {
    if (swept.has(folder)) return;
    swept.add(folder);
    await removeOldTemporaries(folder);
  };
  const store: CacheStore = {
    root: cacheDir,
    tmp: layout.tmp,
    async find(sha256) {
      const path = layout.object(sha256);
      if (written.has(sha256) ? !(await pathExists(path)) : !(await findWhole(digests, path, sha256))) {
        return undefined;
      }
      await usage.mark(sha256);
      return path;
    },
    async putFile(path, signal) {
      const known = await digests.digest(path);
      if (await isWhole(layout, digests, known)) {
        await usage.mark(known.sha256);
        return known;
      }
      return await putStream(readWhole(path), undefined, signal);
    },
    async takeFile(path, signal) {
      const taken = await takeFile(layout, path, signal);
      if (taken === undefined) return await putStream(readWhole(path), undefined, signal);
      written.add(taken.sha256);
      await usage.mark(taken.sha256);
      return taken;
    },
    putStream,
    checkout: async (sha256, path, signal) => {
      await usage.mark(sha256);
      await sweep(dirname(path));
      await checkout(layout, digests, sha256, path, signal);
    },
    action: actions.find,
    saveAction: actions.save,
    trim: async (limitBytes, signal) => await trimStore(layout, usage, limitBytes, signal),
    importFrom: async (from, signal, names) =>
      await importCache(storeLayout(from, tmp), store, signal, names),
  };
  return store;
}

function readWhole(path: string): AsyncIterable<Uint8Array> {
  return createReadStream(path, { highWaterMark: 1024 * 1024 });
}

/** Whether the content is there and what its name says; a damaged one goes. */
async function findWhole(digests: FileDigests, path: string, sha256: Sha256): Promise<boolean> {
  const found = await digests.digest(path).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return undefined;
    throw hostErrorFromIo(error, path);
  });
  if (found === undefined || found.sha256 === sha256) return found !== undefined;
  await rm(path, { force: true });
  return false;
}

async function isWhole(layout: StoreLayout, digests: FileDigests, digest: FileDigest): Promise<boolean> {
  const stored = await digests.digest(layout.object(digest.sha256)).catch(() => undefined);
  return stored?.sha256 === digest.sha256;
}

async function checkout(
  layout: StoreLayout,
  digests: FileDigests,
  sha256: Sha256,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const present = await digests.digest(path).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw hostErrorFromIo(error, path);
  });
  if (present?.sha256 === sha256) return;
  await replaceFile(path, async (temporary) => {
    await makeFolder(dirname(path));
    await copyFile(layout.object(sha256), temporary, constants.COPYFILE_FICLONE);
    await using file = await open(temporary, 'r');
    await file.chmod(0o644);
    await file.sync();
  });
}

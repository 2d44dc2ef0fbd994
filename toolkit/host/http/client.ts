import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { buildError, retold, ToolkitError } from '../../domain/errors.ts';
import type { Locks, Store } from '../../domain/ports.ts';
import { redactSecrets } from '../../domain/redact.ts';
import { makeFolder } from '../files.ts';
import { createConnections } from './dispatcher.ts';
import { type Download, type DownloadContext, type Downloaded, downloadTo } from './download.ts';
import { createTransferLimits } from './limits.ts';
import { localPath } from './local-path.ts';
import type { HttpSettings } from './settings.ts';

/** Fetches files; connections are shared by all that use it and closed when it is disposed. */
export interface HttpClient extends AsyncDisposable {
  /**
   * Brings a file into the store. With a hash: what the store has is not fetched again, what an earlier run
   * left unfinished is gone on with, and nothing else than the bytes asked for is stored. Throws a
   * `ToolkitError` that names the URL and the cause: `HTTP_NOT_FOUND`, `HTTP_STATUS`, `HTTP_MISMATCH`,
   * `HTTP_UNREACHABLE`, `HTTP_INTERRUPTED`, `HTTP_TOO_LARGE`, `HTTP_REDIRECTS`, `DISK_FULL`.
   */
  fetchToStore(download: Download, store: Store, signal: AbortSignal): Promise<Downloaded>;
}

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/** A client as the settings want it. `locks` keep two processes from writing one partial file. */
export async function createHttpClient(settings: HttpSettings, locks: Locks): Promise<HttpClient> {
  const connections = await createConnections(settings);
  const context: DownloadContext = { settings, connections, limits: createTransferLimits(settings) };
  const cleaned = new Set<string>();
  const unreachable = createUnreachableHosts(settings.unreachableMs);
  return {
    async fetchToStore(download, store, signal) {
      const path = localPath(download.url);
      if (path !== undefined) return await copyToStore(path, download, store, signal);
      unreachable.check(download.url);
      if (!cleaned.has(store.root)) {
        cleaned.add(store.root);
        await removeOldParts(partialFolder(store));
      }
      try {
        return await downloadToStore(download, store, context, locks, signal);
      } catch (error) {
        unreachable.note(download.url, error);
        throw error;
      }
    },
    [Symbol.asyncDispose]: () => connections.close(),
  };
}

async function downloadToStore(
  download: Download,
  store: Store,
  context: DownloadContext,
  locks: Locks,
  signal: AbortSignal,
): Promise<Downloaded> {
  const { sha256 } = download;
  if (sha256 === undefined) {
    await makeFolder(store.tmp);
    return await downloadVia(join(store.tmp, `${randomUUID()}.part`), download, store, context, signal);
  }
  // Locks leave a file each, so downloads share a bounded number of them.
  await using _lock = await locks.acquire(`download-${sha256.slice(0, 3)}`, signal);
  const stored = await store.find(sha256);
  if (stored !== undefined) {
    const { size } = await stat(stored);
    return { digest: { sha256, size }, etag: undefined, lastModified: undefined };
  }
  const folder = partialFolder(store);
  await makeFolder(folder);
  return await downloadVia(join(folder, `${sha256}.part`), download, store, context, signal);
}

async function downloadVia(
  part: string,
  download: Download,
  store: Store,
  context: DownloadContext,
  signal: AbortSignal,
): Promise<Downloaded> {
  try {
    const downloaded = await downloadTo(part, download, context, signal);
    const digest = await store.putFile(part, signal);
    await rm(part, { force: true });
    if (digest.sha256 === downloaded.digest.sha256) return downloaded;
    throw new Error(`${part} was changed while it was put into the store`);
  } catch (error) {
    if (download.sha256 === undefined) await rm(part, { force: true });
    throw error;
  }
}

/** Where unfinished downloads wait for the next run. `store.tmp` ends with the process, and they must not. */
export function partialFolder(store: Store): string {
  return join(store.root, 'downloads');
}

/** Removes unfinished downloads that nobody went on with for a week. */
async function removeOldParts(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const stats = await stat(join(folder, name)).catch(() => undefined);
    if (stats === undefined || Date.now() - stats.mtimeMs < WEEK_MS) continue;
    await rm(join(folder, name), { force: true });
  }
}

async function copyToStore(
  path: string,
  download: Download,
  store: Store,
  signal: AbortSignal,
): Promise<Downloaded> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined) throw buildError('HTTP_NOT_FOUND', `${path}: there is no such file`);
  if (!stats.isFile()) throw buildError('HTTP_NOT_FOUND', `${path}: not a file`);
  if (download.size !== undefined && stats.size !== download.size) {
    throw buildError('HTTP_MISMATCH', `${path}: ${stats.size} bytes, ${download.size} were expected`);
  }
  if (download.maxSize !== undefined && stats.size > download.maxSize) {
    throw buildError('HTTP_TOO_LARGE', `${path}: ${stats.size} bytes, the limit is ${download.maxSize}`);
  }
  try {
    const digest = await store.putStream(createReadStream(path), download.sha256, signal);
    return { digest, etag: undefined, lastModified: undefined };
  } catch (error) {
    if (!(error instanceof ToolkitError) || error.code !== 'STORE_MISMATCH') throw error;
    throw buildError('HTTP_MISMATCH', `${path}: ${error.message}`, { cause: error });
  }
}

/** Hosts that could not be reached: without this, each file of a run without network waits anew. */
function createUnreachableHosts(forMs: number) {
  const failures = new Map<string, { error: ToolkitError; until: number }>();
  return {
    check(url: string): void {
      const { host } = new URL(url);
      const failure = failures.get(host);
      if (failure === undefined || performance.now() > failure.until) return;
      const message = `${redactSecrets(url)}: not tried, ${host} was out of reach: ${failure.error.message}`;
      throw retold(failure.error, { errorClass: 'host', message });
    },
    note(url: string, error: unknown): void {
      if (!(error instanceof ToolkitError) || error.code !== 'HTTP_UNREACHABLE') return;
      failures.set(new URL(url).host, { error, until: performance.now() + forMs });
    },
  };
}

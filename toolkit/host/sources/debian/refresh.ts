import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { FileDigest, Sha256 } from '../../../domain/digest.ts';
import { buildError, ToolkitError } from '../../../domain/errors.ts';
import type { Processes, Store } from '../../../domain/ports.ts';
import {
  createSourcesParser,
  parseSourcesStream,
  type SourcePackage,
} from '../../../formats/debian/index.ts';
import type { HttpClient } from '../../http/client.ts';
import { INDEX_FORMAT, writeIndexFile } from './index-file.ts';
import { parseRelease } from './release.ts';
import type { ArchiveSuite } from './suites.ts';

export interface RefreshDeps {
  readonly http: HttpClient;
  readonly store: Store;
  readonly processes: Processes;
  /** Where index files are. */
  readonly folder: string;
}

const MAX_RELEASE_SIZE = 4 * 1024 * 1024;
const SECTION = 'main/source';

/** Path of the index file made from a Sources index with this hash. */
export function indexPath(folder: string, sources: Sha256): string {
  return join(folder, `${sources}.v${INDEX_FORMAT}.sqlite`);
}

/**
 * Brings the index of one suite up to date and gives the hash of the Sources index that it is made from.
 * `known` is that of the last time: while `Release` still lists it, nothing else is fetched. Throws a
 * `ToolkitError` that says what is wrong with the suite.
 */
export async function refreshSuite(
  { archive, suite }: ArchiveSuite,
  known: Sha256 | undefined,
  deps: RefreshDeps,
  signal: AbortSignal,
): Promise<Sha256> {
  const base = `${archive}/dists/${suite}`;
  const { http, store } = deps;
  const fetched = await http.fetchToStore(
    { url: `${base}/Release`, maxSize: MAX_RELEASE_SIZE },
    store,
    signal,
  );
  const release = parseRelease(await readFile(await stored(store, fetched.digest), 'utf8'));
  if (!release.origin.startsWith('Debian')) {
    throw buildError('ARCHIVE_FOREIGN', `its Origin is '${release.origin}', not Debian`);
  }
  // Node knows gzip; xz is a program, and small suites are listed as xz only.
  const variants = ['gz', 'xz'].flatMap((ending) => {
    const digest = release.files.get(`${SECTION}/Sources.${ending}`);
    return digest === undefined ? [] : [{ ending, digest }];
  });
  const unchanged = variants.find(({ digest }) => digest.sha256 === known);
  if (unchanged !== undefined) return unchanged.digest.sha256;
  for (const { ending, digest } of variants) {
    try {
      const url = `${base}/${SECTION}/Sources.${ending}`;
      await http.fetchToStore({ url, ...digest }, store, signal);
    } catch (error) {
      // Release lists variants that a mirror does not have.
      if (error instanceof ToolkitError && error.code === 'HTTP_NOT_FOUND') continue;
      throw error;
    }
    const path = await stored(store, digest);
    await writeIndexFile(indexPath(deps.folder, digest.sha256), (add) =>
      ending === 'gz' ? readGzip(path, add, signal) : readXz(path, add, deps.processes, signal),
    );
    return digest.sha256;
  }
  throw buildError('ARCHIVE_INDEX', `it has no ${SECTION}/Sources.gz and no Sources.xz`);
}

async function readGzip(
  path: string,
  add: (found: SourcePackage) => void,
  signal: AbortSignal,
): Promise<void> {
  const parser = createSourcesParser(add);
  await pipeline(
    createReadStream(path),
    createGunzip(),
    (bytes: AsyncIterable<Buffer>) => parseSourcesStream(bytes, parser),
    { signal },
  ).catch((error: unknown) => {
    if (!isZlibError(error)) throw error;
    throw buildError('ARCHIVE_INDEX', `its Sources.gz cannot be unpacked: ${error.message}`, {
      cause: error,
    });
  });
}

function isZlibError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^Z_/.test(String(error.code));
}

async function readXz(
  path: string,
  add: (found: SourcePackage) => void,
  processes: Processes,
  signal: AbortSignal,
): Promise<void> {
  const parser = createSourcesParser(add);
  const { exitCode, stderr } = await processes.run(
    { argv: ['xz', '--decompress', '--stdout', '--format=xz', path], onLine: (line) => parser.line(line) },
    signal,
  );
  if (exitCode !== 0) throw buildError('ARCHIVE_INDEX', `xz cannot unpack its index: ${stderr.trim()}`);
  parser.end();
}

async function stored(store: Store, digest: FileDigest): Promise<string> {
  const path = await store.find(digest.sha256);
  if (path === undefined) throw new Error(`${digest.sha256} left the store`);
  return path;
}

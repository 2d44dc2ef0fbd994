import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sha256 } from '../../domain/digest.ts';
import { buildError, hostError, ToolkitError } from '../../domain/errors.ts';
import { findRecord, type Repomd, readRepomd } from '../../formats/repodata/index.ts';
import { joinUrl } from '../http/local-path.ts';
import { layOut, type MetadataFile, readRemembered, remember, removeOldFolders } from './folder.ts';
import type { PackageServer, PackageServerDefinition, PackageServerDeps } from './server.ts';

const MAX_REPOMD_SIZE = 4 * 1024 * 1024;
/** What a solver needs; the rest is other forms of the same, or not about packages. */
const REQUIRED = ['primary'];
const WANTED = ['primary', 'filelists'];
const REPOMD = 'repodata/repomd.xml';

/**
 * Brings a server's metadata onto this host. Where none of its URLs can be reached, what it said the last time
 * is used, with a warning: a build without a network goes on. Without a last time that is an error.
 * Throws `PACKAGE_SERVER_UNREACHABLE`, `PACKAGE_SERVER_INVALID`, each naming the server.
 */
export async function openPackageServer(
  definition: PackageServerDefinition,
  deps: PackageServerDeps,
  signal: AbortSignal,
): Promise<PackageServer> {
  const key = createHash('sha256').update(definition.baseUrls.join('\n')).digest('hex');
  const failures: ToolkitError[] = [];
  for (const base of definition.baseUrls) {
    try {
      const repomd = await fetchMetadata(base, deps, signal);
      await remember(deps.folder, key, repomd);
      await removeOldFolders(deps.folder);
      return { ...definition, folder: join(deps.folder, repomd), repomd };
    } catch (error) {
      if (!(error instanceof ToolkitError) || isFatal(error)) throw error;
      failures.push(error);
    }
  }
  const message = `package server ${definition.id}: ${failures.map((failure) => failure.message).join('; ')}`;
  const last = failures.every(({ code }) => code === 'HTTP_UNREACHABLE')
    ? await readRemembered(deps.folder, key, deps.digests)
    : undefined;
  if (last !== undefined) {
    const notice = `${message}; what it offered the last time is used`;
    deps.events.emit({ type: 'notice.given', level: 'warning', message: notice });
    return { ...definition, folder: join(deps.folder, last), repomd: last };
  }
  const unreachable = failures.find(({ code }) => code === 'HTTP_UNREACHABLE');
  if (unreachable === undefined) throw buildError('PACKAGE_SERVER_INVALID', message, { cause: failures[0] });
  throw hostError('PACKAGE_SERVER_UNREACHABLE', message, {
    hint: 'Check the network and the URL in PACKAGE_URL_LIST or REPO_LIST.',
    cause: unreachable,
  });
}

async function fetchMetadata(base: string, deps: PackageServerDeps, signal: AbortSignal): Promise<Sha256> {
  try {
    return await fetchMetadataOnce(base, deps, signal);
  } catch (error) {
    // A server that is published anew meanwhile has another repomd.xml by now, which lists other files.
    const moved = error instanceof ToolkitError && ['HTTP_NOT_FOUND', 'HTTP_MISMATCH'].includes(error.code);
    if (!moved) throw error;
    return await fetchMetadataOnce(base, deps, signal);
  }
}

async function fetchMetadataOnce(
  base: string,
  deps: PackageServerDeps,
  signal: AbortSignal,
): Promise<Sha256> {
  const { http, store } = deps;
  const fetched = await http.fetchToStore(
    { url: joinUrl(base, REPOMD), maxSize: MAX_REPOMD_SIZE },
    store,
    signal,
  );
  const { sha256: repomd } = fetched.digest;
  const path = await store.find(repomd);
  if (path === undefined) throw new Error(`${repomd} left the store`);
  const records = wantedRecords(readRepomd(await readFile(path)));
  for (const record of records) {
    const { sha256, size } = record;
    const download = { url: joinUrl(base, record.path), sha256, ...(size === undefined ? {} : { size }) };
    await http.fetchToStore(download, store, signal);
  }
  const files = [
    { path: REPOMD, sha256: repomd },
    ...records.map(({ path: name, sha256 }) => ({ path: name, sha256 })),
  ];
  await layOut(join(deps.folder, repomd), files, deps, signal);
  return repomd;
}

interface WantedRecord extends MetadataFile {
  readonly size: number | undefined;
}

function wantedRecords(repomd: Repomd): WantedRecord[] {
  for (const type of REQUIRED) findRecord(repomd, type);
  return repomd.records
    .filter(({ type }) => WANTED.includes(type))
    .map(({ type, location, checksum, size }) => {
      if (checksum.type !== 'sha256') {
        throw buildError(
          'REPODATA_INVALID',
          `repomd.xml: ${type} has a checksum of type ${checksum.type}, not sha256.`,
        );
      }
      if (location === REPOMD) throw buildError('REPODATA_LOCATION', `repomd.xml lists itself as ${type}.`);
      return { path: location, sha256: checksum.value, size };
    });
}

/** A full disk or a wrong setting: the next URL does not help. */
function isFatal(error: ToolkitError): boolean {
  return error.errorClass !== 'build' && error.code !== 'HTTP_UNREACHABLE';
}

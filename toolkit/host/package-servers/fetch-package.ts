import type { FileDigest, Sha256 } from '../../domain/digest.ts';
import { buildError, ToolkitError } from '../../domain/errors.ts';
import { redactSecrets } from '../../domain/redact.ts';
import { isPathBelow } from '../../domain/sources.ts';
import { joinUrl } from '../http/local-path.ts';
import type { PackageServer, PackageServerDeps } from './server.ts';

/** A package as a server's metadata lists it. */
export interface ListedPackage {
  /** Path below the repository. */
  readonly location: string;
  readonly sha256: Sha256;
  /** Bytes of the file. */
  readonly size: number;
}

export interface FetchedPackage {
  readonly digest: FileDigest;
  /** Absolute path in the store. */
  readonly path: string;
}

/**
 * Brings a package into the store, from the first of the server's URLs that has these very bytes. Throws
 * `PACKAGE_NOT_FETCHED` with what each of them said, `PACKAGE_LOCATION_INVALID` for a path that leaves the server.
 */
export async function fetchPackage(
  server: PackageServer,
  { location, sha256, size }: ListedPackage,
  deps: Pick<PackageServerDeps, 'http' | 'store'>,
  signal: AbortSignal,
): Promise<FetchedPackage> {
  const path = location.replace(/^(?:\.\/)+/, '');
  if (!isPathBelow(path)) {
    const message = `package server ${server.id} lists a package at '${location}', which is not below it`;
    throw buildError('PACKAGE_LOCATION_INVALID', message);
  }
  const answers: string[] = [];
  for (const base of server.baseUrls) {
    const url = joinUrl(base, path);
    try {
      const { digest } = await deps.http.fetchToStore({ url, sha256, size }, deps.store, signal);
      const stored = await deps.store.find(sha256);
      if (stored === undefined) throw new Error(`${sha256} left the store`);
      return { digest, path: stored };
    } catch (error) {
      const isAnswer = error instanceof ToolkitError;
      if (!isAnswer || (error.errorClass === 'host' && error.code !== 'HTTP_UNREACHABLE')) throw error;
      answers.push(
        error.message.includes(redactSecrets(url))
          ? error.message
          : `${redactSecrets(url)}: ${error.message}`,
      );
    }
  }
  throw buildError(
    'PACKAGE_NOT_FETCHED',
    `package server ${server.id} does not give ${path} (SHA-256 ${sha256}):\n${answers.map((answer) => `  ${answer}`).join('\n')}`,
    { hint: 'Its metadata and its packages do not fit together: publish it anew, or name another server.' },
  );
}

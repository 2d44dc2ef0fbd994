import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseRepoFile } from '../../config/repo-file.ts';
import { usageError } from '../../domain/errors.ts';
import type { ProviderPool } from '../../domain/graph-providers.ts';
import { poolPackage } from '../../domain/pools.ts';
import type { MetadataFolder, PackageServers } from '../../domain/services.ts';
import { decompress, findRecord, readPrimary, readRepomd } from '../../formats/repodata/index.ts';
import { fetchPackage } from './fetch-package.ts';
import { openPackageServer } from './open.ts';
import { definePackageServers, type PackageServer, type PackageServerDeps } from './server.ts';

export interface PackageServersOptions {
  readonly urls: readonly string[];
  readonly repoFiles: readonly string[];
  /** Values of `$basearch`, `$releasever` and the like in .repo files. */
  readonly variables: Readonly<Record<string, string>>;
}

/** The servers of PACKAGE_URL_LIST and REPO_LIST, asked for their metadata when it is first wanted. */
export function createPackageServers(
  options: PackageServersOptions,
  deps: PackageServerDeps,
): PackageServers {
  let opened: Promise<readonly PackageServer[]> | undefined;

  async function open(signal: AbortSignal): Promise<readonly PackageServer[]> {
    const repos = [];
    for (const path of options.repoFiles) {
      repos.push(...parseRepoFile(await readRepoFile(path), path, options.variables));
    }
    const definitions = definePackageServers(options.urls, repos);
    return await Promise.all(definitions.map((definition) => openPackageServer(definition, deps, signal)));
  }
  const servers = (signal: AbortSignal) => {
    opened ??= open(signal);
    return opened;
  };

  return {
    async folders(signal) {
      // Local packages come first (0); then the servers in their order.
      return (await servers(signal)).map(({ id, folder, repomd }, at): MetadataFolder => {
        return { name: id, path: folder, priority: at + 1, sha256: repomd };
      });
    },
    async pools(signal) {
      const pools: ProviderPool[] = [];
      for (const [at, server] of (await servers(signal)).entries())
        pools.push(await readPool(server, at + 1));
      return pools;
    },
    async fetch({ repository, location, digest }, signal) {
      const server = (await servers(signal)).find(({ id }) => id === repository);
      if (server === undefined) throw new Error(`no such package server: ${repository}`);
      return await fetchPackage(server, { location, ...digest }, deps, signal);
    },
  };
}

async function readRepoFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw usageError('REPO_FILE_MISSING', `${path}: no such .repo file can be read`, { cause });
  }
}

async function readPool({ id, folder }: PackageServer, priority: number): Promise<ProviderPool> {
  const repomd = readRepomd(await readFile(join(folder, 'repodata/repomd.xml')));
  const { location } = findRecord(repomd, 'primary');
  const packages = [];
  const primary = decompress(createReadStream(join(folder, location)), location);
  for await (const { header } of readPrimary(primary)) packages.push(poolPackage(header));
  return { kind: 'server', repository: id, priority, packages };
}

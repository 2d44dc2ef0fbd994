import { parseEvr } from './evr.ts';
import type { PoolPackage, ProviderPool } from './graph-providers.ts';
import type { RpmPackage } from './package.ts';
import { formatRelation } from './relation.ts';

/** What a seed root provides, as rpm writes it (paths too), as the pool of last resort. */
export function seedPool(provides: readonly string[]): ProviderPool {
  return {
    kind: 'seed',
    packages: [{ name: 'seed-root', evr: parseEvr('0'), provides, files: [] }],
  };
}

export type ServedPackage = Pick<RpmPackage, 'name' | 'epoch' | 'version' | 'release' | 'provides' | 'files'>;

/** The packages of a package server; the lower its priority, the more it is preferred. */
export function serverPool(
  repository: string,
  priority: number,
  packages: readonly ServedPackage[],
): ProviderPool {
  return { kind: 'server', repository, priority, packages: packages.map(poolPackage) };
}

/** A package of a server as the graph sees it: the little of its header that is kept. */
export function poolPackage(served: ServedPackage): PoolPackage {
  const { name, epoch, version, release, provides, files } = served;
  return {
    name,
    evr: { epoch, version, release },
    provides: provides.map(formatRelation),
    files: files.map(({ path }) => path),
  };
}

import { parseEvr } from '../../domain/evr.ts';
import type { DependencyGraph } from '../../domain/graph.ts';
import type { PoolPackage, ProviderPool } from '../../domain/graph-providers.ts';
import type { Relation, RpmPackage } from '../../domain/package.ts';
import { byCodeUnit } from '../../domain/text.ts';
import type { GraphSnapshot } from './types.ts';

/** The graph as sorted plain data. */
export function graphSnapshot(graph: DependencyGraph): GraphSnapshot {
  const { unresolved, cycles, breaks, excluded, failures, duplicates } = graph;
  return {
    builds: [...graph.builds.values()].sort((a, b) => byCodeUnit(a.id, b.id)),
    packages: [...graph.packages.values()].sort((a, b) => byCodeUnit(a.id, b.id)),
    unresolved,
    cycles,
    breaks,
    excluded,
    failures,
    duplicates,
  };
}

/** What a seed root provides, as rpm writes it (paths too), as the pool of last resort. */
export function seedPool(provides: readonly string[]): ProviderPool {
  return {
    kind: 'seed',
    packages: [{ name: 'seed-root', evr: parseEvr('0'), provides, files: [] }],
  };
}

type ServedPackage = Pick<RpmPackage, 'name' | 'epoch' | 'version' | 'release' | 'provides' | 'files'>;

/** The packages of a package server; the lower its priority, the more it is preferred. */
export function serverPool(
  repository: string,
  priority: number,
  packages: readonly ServedPackage[],
): ProviderPool {
  return { kind: 'server', repository, priority, packages: packages.map(toPoolPackage) };
}

function toPoolPackage({ name, epoch, version, release, provides, files }: ServedPackage): PoolPackage {
  return {
    name,
    evr: { epoch, version, release },
    provides: provides.map(formatRelation),
    files: files.map(({ path }) => path),
  };
}

const signs = { LT: '<', LE: '<=', EQ: '=', GE: '>=', GT: '>' } as const;

/** A relation of rpm-md as rpm writes it. */
export function formatRelation({ name, flags, epoch, version, release }: Relation): string {
  if (flags === undefined || version === undefined) {
    return name;
  }
  const before = epoch === undefined || epoch === '0' ? '' : `${epoch}:`;
  return `${name} ${signs[flags]} ${before}${version}${release === undefined ? '' : `-${release}`}`;
}

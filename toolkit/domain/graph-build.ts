import type { DependencyGraph, SrpmId } from './graph.ts';
import { changeGraph } from './graph-change.ts';
import { emptyIndex, type IndexedPackage, updateIndex } from './graph-index.ts';
import { isForArchitecture } from './graph-local.ts';
import { defaultPolicy, type ProviderPolicy, type ProviderPool } from './graph-providers.ts';
import { seedAnswers } from './graph-seed.ts';
import { emptyTables } from './graph-tables.ts';
import type { SpecScan, SpecScanFailure, SpecScanResult } from './spec.ts';
import { isScanFailure } from './spec.ts';
import { byCodeUnit } from './text.ts';

export interface GraphInput {
  readonly scans: readonly SpecScanResult[];
  /** rpm's name of the architecture; specs that are not for it are left out. */
  readonly arch: string;
  /** Package servers and the seed root. */
  readonly pools: readonly ProviderPool[];
  readonly policy?: Partial<ProviderPolicy>;
}

/**
 * The graph of all specs: every BuildRequires and Requires resolved, cycles with SRPMs broken by prebuilt
 * packages where there are any and listed where not. Depends on nothing but its input, whose order does not
 * matter. Never throws on what specs say.
 */
export function buildGraph(input: GraphInput): DependencyGraph {
  const failures: SpecScanFailure[] = [];
  const excluded: SrpmId[] = [];
  const scans: SpecScan[] = [];
  for (const scan of input.scans.toSorted((a, b) => byCodeUnit(a.spec, b.spec))) {
    if (isScanFailure(scan)) {
      failures.push(scan);
    } else if (isForArchitecture(scan, input.arch)) {
      scans.push(scan);
    } else {
      excluded.push(scan.spec);
    }
  }
  const policy = { ...defaultPolicy, ...input.policy };
  const index = updateIndex(emptyIndex, [], input.pools.flatMap(poolPackages), new Set());
  const hasSeed = input.pools.some(({ kind }) => kind === 'seed');
  const empty: DependencyGraph = {
    builds: new Map(),
    packages: new Map(),
    unresolved: [],
    cycles: [],
    breaks: [],
    droppedPredictions: [],
    excluded,
    failures,
    duplicates: [],
    index,
    policy,
    scans: new Map(),
    buildRootOverrides: new Map(),
    tables: { ...emptyTables, seed: hasSeed ? seedAnswers(index, policy) : emptyTables.seed },
  };
  return changeGraph(
    empty,
    scans.map((after) => ({ before: undefined, after, isBuilt: false })),
  );
}

function poolPackages(pool: ProviderPool): readonly IndexedPackage[] {
  return pool.packages.map((package_) => ({
    ...package_,
    unbuilt: undefined,
    priority: pool.kind === 'server' ? pool.priority : 0,
    provider:
      pool.kind === 'server'
        ? { kind: 'server', repository: pool.repository, package: package_.name }
        : { kind: 'seed', package: package_.name },
  }));
}

import { parseCapability, satisfies } from './capability.ts';
import type { Evr } from './evr.ts';
import type {
  BuildNode,
  DependencyGraph,
  PackageId,
  PackageNode,
  Requirement,
  SrpmId,
  UnresolvedCapability,
} from './graph.ts';
import { packageId, resolutionLeaves } from './graph.ts';
import { breakCycles } from './graph-cycles.ts';
import type { IndexedPackage, ProviderPolicy, ProviderPool } from './graph-providers.ts';
import { emptyIndex, updateIndex } from './graph-providers.ts';
import { resolveRequirement } from './graph-resolve.ts';
import type { Nevra, ScannedPackage, SpecScan, SpecScanFailure, SpecScanResult } from './spec.ts';
import { formatNevra, isScanFailure } from './spec.ts';

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
  const scans = new Map<SrpmId, SpecScan>();
  for (const scan of input.scans.toSorted((a, b) => compareText(a.spec, b.spec))) {
    if (isScanFailure(scan)) {
      failures.push(scan);
    } else if (isForArchitecture(scan, input.arch)) {
      scans.set(scan.spec, scan);
    } else {
      excluded.push(scan.spec);
    }
  }
  const policy = { preferServers: false, prebuilt: new Set<string>(), ...input.policy };
  const index = updateIndex(
    emptyIndex,
    [...[...scans.values()].flatMap(localPackages), ...input.pools.flatMap(poolPackages)],
    undefined,
    obsoletedPackages(scans),
  );
  return assemble({ scans, index, policy, failures, excluded });
}

type GraphParts = Pick<DependencyGraph, 'scans' | 'index' | 'policy' | 'failures' | 'excluded'>;

/** Resolves everything, or only what `reuse` does not know. */
export function assemble(
  parts: GraphParts,
  reuse: (text: string) => Requirement | undefined = () => undefined,
): DependencyGraph {
  const { scans, index, policy } = parts;
  const resolved = new Map<string, Requirement>();
  const requirement = (text: string): Requirement => {
    let found = resolved.get(text);
    if (found === undefined) {
      found = reuse(text) ?? resolveRequirement(text, index, policy);
      resolved.set(text, found);
    }
    return found;
  };
  const builds = new Map<SrpmId, BuildNode>();
  const packages = new Map<PackageId, PackageNode>();
  for (const scan of scans.values()) {
    const ids = scan.packages.map(({ name }) => packageId(scan.spec, name));
    const requirements = unique(scan.buildRequires).map(requirement);
    builds.set(scan.spec, { id: scan.spec, source: nevraOf(scan.source), packages: ids, requirements });
    for (const package_ of scan.packages) {
      const id = packageId(scan.spec, package_.name);
      packages.set(id, {
        id,
        srpm: scan.spec,
        nevra: nevraOf(package_),
        requirements: unique(package_.requires).map(requirement),
      });
    }
  }
  const { builds: acyclic, cycles, breaks } = breakCycles({ builds, packages }, index, policy);
  return {
    ...parts,
    builds: acyclic,
    packages,
    cycles,
    breaks,
    unresolved: collectUnresolved([...acyclic.values(), ...packages.values()]),
    duplicates: findDuplicates(packages.values()),
  };
}

/** Packages of a scan, ready for the index. */
export function localPackages(scan: SpecScan): readonly IndexedPackage[] {
  return scan.packages.map((package_) => ({
    provider: { kind: 'local', package: packageId(scan.spec, package_.name), srpm: scan.spec },
    name: package_.name,
    evr: evrOf(package_),
    priority: 0,
    provides: package_.provides,
    files: package_.files,
  }));
}

function poolPackages(pool: ProviderPool): readonly IndexedPackage[] {
  return pool.packages.map((package_) => ({
    ...package_,
    priority: pool.kind === 'server' ? pool.priority : 0,
    provider:
      pool.kind === 'server'
        ? { kind: 'server', repository: pool.repository, package: package_.name }
        : { kind: 'seed', package: package_.name },
  }));
}

/** Ids of packages that a package of another name obsoletes. Obsoletes match names, not provides. */
export function obsoletedPackages(scans: ReadonlyMap<SrpmId, SpecScan>): ReadonlySet<PackageId> {
  const byName = Map.groupBy(
    [...scans.values()].flatMap((scan) => scan.packages.map((package_) => ({ scan, package_ }))),
    ({ package_ }) => package_.name,
  );
  const obsoleted = new Set<PackageId>();
  for (const scan of scans.values()) {
    for (const { name, obsoletes } of scan.packages) {
      for (const obsolete of obsoletes.map(parseCapability)) {
        for (const other of obsolete.name === name ? [] : (byName.get(obsolete.name) ?? [])) {
          const range = { operator: '=', evr: evrOf(other.package_) } as const;
          if (satisfies({ name: obsolete.name, range }, obsolete)) {
            obsoleted.add(packageId(other.scan.spec, obsolete.name));
          }
        }
      }
    }
  }
  return obsoleted;
}

function isForArchitecture({ exclusiveArch, excludeArch, packages }: SpecScan, arch: string): boolean {
  const noarch = packages.every((package_) => package_.arch === 'noarch');
  const names = (list: readonly string[]) => list.includes(arch) || (noarch && list.includes('noarch'));
  return (exclusiveArch.length === 0 || names(exclusiveArch)) && !excludeArch.includes(arch);
}

function collectUnresolved(nodes: readonly (BuildNode | PackageNode)[]): readonly UnresolvedCapability[] {
  const found = new Map<
    string,
    { capabilityKind: UnresolvedCapability['capabilityKind']; by: Set<string> }
  >();
  for (const node of nodes) {
    for (const { resolution } of node.requirements) {
      for (const leaf of resolutionLeaves(resolution)) {
        if (leaf.kind === 'unresolved') {
          const entry = found.get(leaf.capability) ?? { capabilityKind: leaf.capabilityKind, by: new Set() };
          found.set(leaf.capability, entry);
          entry.by.add(node.id);
        }
      }
    }
  }
  return [...found]
    .map(([capability, { capabilityKind, by }]) => ({ capability, capabilityKind, wantedBy: [...by].sort() }))
    .sort((a, b) => compareText(a.capability, b.capability));
}

function findDuplicates(packages: Iterable<PackageNode>): DependencyGraph['duplicates'] {
  return [...Map.groupBy(packages, ({ nevra }) => formatNevra(nevra))]
    .filter(([, nodes]) => nodes.length > 1)
    .map(([nevra, nodes]) => ({ nevra, specs: nodes.map(({ srpm }) => srpm).sort() }))
    .sort((a, b) => compareText(a.nevra, b.nevra));
}

function nevraOf({ name, epoch, version, release, arch }: Nevra): Nevra {
  return { name, epoch, version, release, arch };
}

function evrOf({ epoch, version, release }: ScannedPackage): Evr {
  return { epoch, version, release };
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

import type { CapabilityKind } from './capability.ts';
import type { ProviderIndex } from './graph-index.ts';
import type { ProviderPolicy } from './graph-providers.ts';
import type { BuildRootOverrides } from './graph-seed.ts';
import type { GraphTables } from './graph-tables.ts';
import type { PredictionRule } from './prediction.ts';
import type { Dependency } from './richdep.ts';
import type { Nevra, SpecScan, SpecScanFailure } from './spec.ts';

/** The unit of build: the path of a spec, relative to the specs folder. */
export type SrpmId = string;

/** A binary package of a local spec: `SPEC#NAME`. */
export type PackageId = string;

export function packageId(srpm: SrpmId, name: string): PackageId {
  return `${srpm}#${name}`;
}

/** Who provides a capability. */
export type Provider =
  | { readonly kind: 'local'; readonly package: PackageId; readonly srpm: SrpmId }
  | { readonly kind: 'server'; readonly repository: string; readonly package: string }
  | { readonly kind: 'seed'; readonly package: string }
  /** To be had from somewhere, because a cycle is broken by it: the profile says that it comes prebuilt. */
  | { readonly kind: 'prebuilt'; readonly package: string };

/**
 * What a dependency leads to. `if` stands for conditional rich dependencies: whether its condition holds is
 * known only for a set of packages (see `runClosure`).
 */
export type Resolution =
  | {
      readonly kind: 'provided';
      readonly capability: string;
      readonly provider: Provider;
      /** By which rule a package that is not built yet is expected to provide it. */
      readonly predicted?: PredictionRule;
    }
  | { readonly kind: 'unresolved'; readonly capability: string; readonly capabilityKind: CapabilityKind }
  | { readonly kind: 'all'; readonly of: readonly Resolution[] }
  | {
      readonly kind: 'if';
      readonly condition: Dependency;
      readonly holds: Resolution | undefined;
      readonly otherwise: Resolution | undefined;
    };

/** A dependency as rpm writes it, and what it leads to. */
export interface Requirement {
  readonly text: string;
  readonly resolution: Resolution;
}

/** An SRPM and its BuildRequires. */
export interface BuildNode {
  readonly id: SrpmId;
  readonly source: Nevra;
  readonly packages: readonly PackageId[];
  readonly requirements: readonly Requirement[];
}

/** A binary package of a local spec and its Requires. */
export interface PackageNode {
  readonly id: PackageId;
  readonly srpm: SrpmId;
  readonly nevra: Nevra;
  readonly requirements: readonly Requirement[];
}

/** A capability that nobody provides, and all who want it (ids of nodes, sorted). */
export interface UnresolvedCapability {
  readonly capability: string;
  readonly capabilityKind: CapabilityKind;
  readonly wantedBy: readonly string[];
}

/** A dependency that takes a prebuilt package instead of the local one, because that breaks a cycle. */
export interface CycleBreak {
  readonly srpm: SrpmId;
  /** Where it is no BuildRequires of the SRPM but a Requires of this package of it, in build roots. */
  readonly package?: PackageId;
  readonly requirement: string;
  readonly provider: Provider;
}

/** A provider that was expected and given up, because taking it would be a cycle. */
export interface DroppedPrediction {
  /** Who wants it: an SRPM, or a package in build roots. */
  readonly node: string;
  readonly capability: string;
  readonly provider: Provider;
  readonly rule: PredictionRule;
}

/** One SRPM of a proposal to break cycles. */
export interface CycleCut {
  readonly srpm: SrpmId;
  /** Names of its packages that would have to be prebuilt; sorted. */
  readonly packages: readonly string[];
  /** Who would take them, as `SRPM: BUILDREQUIRES` or `PACKAGE: REQUIRES`; sorted. */
  readonly dependencies: readonly string[];
  /** How many SRPMs more can be built then, after the ones before it in the list. */
  readonly frees: number;
}

/** A cycle that goes through an SRPM: node ids in order, and the dependency that leads from each to the next. */
export interface DependencyCycle {
  readonly nodes: readonly string[];
  readonly edges: readonly string[];
  /** How many SRPMs and packages are tangled up with it. */
  readonly componentSize: number;
  /** All of these SRPMs; sorted. */
  readonly srpms: readonly SrpmId[];
  /** What would have to be prebuilt to break all cycles of them; what frees most first. */
  readonly cut: readonly CycleCut[];
}

export interface DependencyGraph {
  readonly builds: ReadonlyMap<SrpmId, BuildNode>;
  readonly packages: ReadonlyMap<PackageId, PackageNode>;
  /** Sorted by capability. */
  readonly unresolved: readonly UnresolvedCapability[];
  /** What cannot be scheduled; one for each component that holds an SRPM. */
  readonly cycles: readonly DependencyCycle[];
  readonly breaks: readonly CycleBreak[];
  readonly droppedPredictions: readonly DroppedPrediction[];
  /** Specs that are not for this architecture. */
  readonly excluded: readonly SrpmId[];
  readonly failures: readonly SpecScanFailure[];
  /** Packages of one NEVRA that several specs make; the first spec's counts. */
  readonly duplicates: readonly { readonly nevra: string; readonly specs: readonly SrpmId[] }[];
  /** For revisions and questions. */
  readonly index: ProviderIndex;
  readonly policy: ProviderPolicy;
  readonly scans: ReadonlyMap<SrpmId, SpecScan>;
  /** What breaks cycles between packages; see `inBuildRootOf`. */
  readonly buildRootOverrides: BuildRootOverrides;
  /** For revisions alone. */
  readonly tables: GraphTables;
}

/** All providers that a resolution names without a condition. */
export function certainProviders(resolution: Resolution): readonly Provider[] {
  switch (resolution.kind) {
    case 'provided':
      return [resolution.provider];
    case 'all':
      return resolution.of.flatMap(certainProviders);
    default:
      return [];
  }
}

/** Every leaf of a resolution, conditional ones too. */
export function resolutionLeaves(
  resolution: Resolution,
): readonly Extract<Resolution, { capability: string }>[] {
  switch (resolution.kind) {
    case 'all':
      return resolution.of.flatMap(resolutionLeaves);
    case 'if':
      return [resolution.holds, resolution.otherwise].flatMap((branch) =>
        branch === undefined ? [] : resolutionLeaves(branch),
      );
    default:
      return [resolution];
  }
}

import type { CycleCut, PackageId, Provider, SrpmId } from './graph.ts';
import type { Nevra } from './spec.ts';

/** What is to be had at the end; all in rpm's words (names, capabilities with versions, paths). */
export interface PlanGoal {
  /** To be installed: their Requires are needed too. */
  readonly install: readonly string[];
  /** To be built: names of source packages or specs, or anything that a package of a local spec provides. */
  readonly build: readonly string[];
}

/** The build of one SRPM. */
export interface PlannedBuild {
  readonly srpm: SrpmId;
  readonly source: Nevra;
  /** BuildRequires and who provides each; conditional ones only where their condition holds in the plan. */
  readonly buildRequires: readonly { readonly text: string; readonly providers: readonly Provider[] }[];
  /** Local packages that have to be in its build root, Requires included; sorted. */
  readonly dependencies: readonly PackageId[];
  /** SRPMs that have to be built before; sorted. */
  readonly waitsOn: readonly SrpmId[];
  /** Milliseconds that its build is expected to take. */
  readonly expectedMs: number;
  /** Milliseconds from its start to the end of everything that waits for it: start the highest first. */
  readonly priority: number;
  /** Who wants it: SRPMs of the plan, or `goal`; sorted. */
  readonly wantedBy: readonly string[];
}

/** Something that local specs do not give. */
export interface PlannedNeed {
  readonly capability: string;
  readonly provider: Provider;
  /** Ids of nodes of the graph, or `goal`; sorted. */
  readonly wantedBy: readonly string[];
}

export interface UnresolvedNeed {
  readonly capability: string;
  readonly wantedBy: readonly string[];
}

/** Builds that wait for each other: no order satisfies them. */
export interface PlannedCycle {
  /** All that are tangled up; sorted. */
  readonly srpms: readonly SrpmId[];
  /** A shortest cycle among them, in words. */
  readonly text: string;
  /** What would have to be prebuilt to break all their cycles in the graph; what frees most first. */
  readonly cut: readonly CycleCut[];
}

export interface BuildPlan {
  /** In an order that a single builder can follow. */
  readonly builds: readonly PlannedBuild[];
  /** What is not among `builds`, with all that waits for it. */
  readonly cycles: readonly PlannedCycle[];
  /** Local packages that the goal installs; sorted. */
  readonly install: readonly PackageId[];
  readonly fromServers: readonly PlannedNeed[];
  readonly fromSeed: readonly PlannedNeed[];
  /** What cycles were broken with, and nobody is known to have: it has to be put on a package server first. */
  readonly prebuilt: readonly PlannedNeed[];
  /** What nobody is known to provide. Kinds that only a build reveals may still turn up. */
  readonly unresolved: readonly UnresolvedNeed[];
}

/** What each build of a plan waits on. */
export function waitsOf({ builds }: Pick<BuildPlan, 'builds'>): ReadonlyMap<SrpmId, readonly SrpmId[]> {
  return new Map(builds.map(({ srpm, waitsOn }) => [srpm, waitsOn]));
}

/** `first` and everything that they wait on, directly or not. */
export function withWaits(
  first: Iterable<SrpmId>,
  waits: ReadonlyMap<SrpmId, readonly SrpmId[]>,
): ReadonlySet<SrpmId> {
  const found = new Set<SrpmId>();
  const queue = [...first];
  for (let srpm = queue.pop(); srpm !== undefined; srpm = queue.pop()) {
    if (found.has(srpm)) continue;
    found.add(srpm);
    queue.push(...(waits.get(srpm) ?? []));
  }
  return found;
}

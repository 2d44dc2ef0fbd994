import toposort from 'toposort';
import { usageError } from '../../domain/errors.ts';
import type { DependencyGraph, Requirement, SrpmId } from '../../domain/graph.ts';
import { certainProviders, resolutionLeaves } from '../../domain/graph.ts';
import type { RunClosure } from '../../domain/graph-closure.ts';
import { runClosure } from '../../domain/graph-closure.ts';
import type { Candidate } from '../../domain/graph-index.ts';
import { resolveRequirement } from '../../domain/graph-resolve.ts';
import { inBuildRootOf, inImageOf } from '../../domain/graph-seed.ts';
import { nearestName } from '../../domain/nearest.ts';
import type { BuildPlan, PlannedBuild, PlannedNeed, UnresolvedNeed } from '../../domain/plan.ts';
import { byCodeUnit } from '../../domain/text.ts';
import { findBuildCycles } from './cycles.ts';
import type { PlanInput } from './types.ts';

/** Milliseconds assumed of a package that was never built, where no other package tells better. */
const UNKNOWN_DURATION_MS = 30_000;

/**
 * Plans only what the goal needs: the SRPMs of what is installed or asked for, and of all that has to be in
 * their build roots. What nobody provides is listed in `unresolved`; builds that wait for each other are
 * listed in `cycles` and, with all that waits for them, are no `builds`. Throws `PLAN_UNKNOWN_PACKAGE` for a
 * build goal that no local spec makes.
 */
export function planBuilds(input: PlanInput): BuildPlan {
  const { graph, goal, rebuild } = input;
  const resolve = inImageOf(graph);
  const wanted = goal.install.map((text) => {
    const requirement = goalRequirement(text, input);
    return rebuild ? { text, resolution: resolve(requirement) } : requirement;
  });
  const install = runClosure(graph, wanted, 'goal', { resolve, settlesForPresent: true });
  const closures: RunClosure[] = [install];
  const wantedBy = new Map<SrpmId, Set<string>>();
  const needs = new Map<SrpmId, RunClosure>();
  const queue: SrpmId[] = [];
  const resolveInRoot = inBuildRootOf(graph);
  const want = (srpm: SrpmId, by: string): void => {
    const known = wantedBy.get(srpm);
    wantedBy.set(srpm, (known ?? new Set()).add(by));
    if (known === undefined) {
      queue.push(srpm);
    }
  };
  for (const srpm of rebuild
    ? [...goal.build.map((name) => findSrpm(graph, name)), ...srpmsOf(graph, install)]
    : []) {
    want(srpm, 'goal');
  }
  for (let srpm = queue.pop(); srpm !== undefined; srpm = queue.pop()) {
    const closure = runClosure(graph, graph.builds.get(srpm)!.requirements, srpm, {
      resolve: resolveInRoot,
      isInstalled: isSeed,
    });
    needs.set(srpm, closure);
    closures.push(closure);
    for (const other of srpmsOf(graph, closure)) {
      want(other, srpm);
    }
  }
  const waitsOn = new Map([...needs].map(([srpm, closure]) => [srpm, srpmsOf(graph, closure)]));
  const { cycles, stuck } = findBuildCycles(graph, waitsOn);
  return {
    builds: orderBuilds(
      input,
      needs,
      [...needs.keys()].filter((srpm) => !stuck.has(srpm)),
      wantedBy,
    ),
    cycles,
    install: [...install.packages].sort(byCodeUnit),
    fromServers: collectNeeds(closures, 'server'),
    fromSeed: collectNeeds(closures, 'seed'),
    prebuilt: collectNeeds(closures, 'prebuilt'),
    unresolved: collectUnresolved(closures),
  };
}

/** The seed root is installed in every build root. */
function isSeed({ provider }: Candidate): boolean {
  return provider.kind === 'seed';
}

/** Without builds, what is local does not exist. */
function goalRequirement(text: string, { graph, rebuild }: PlanInput): Requirement {
  return resolveRequirement(text, graph.index, graph.policy, rebuild ? undefined : new Set(['server']));
}

/**
 * The local spec of this name, or that makes what is called so. Throws `PLAN_UNKNOWN_PACKAGE`, `PLAN_OTHER_ARCH`
 * where its spec is for other architectures, `PLAN_UNREADABLE_SPEC` where rpm cannot read it.
 */
export function findSrpm(graph: DependencyGraph, name: string): SrpmId {
  for (const build of graph.builds.values()) {
    if (build.source.name === name || build.id === name) {
      return build.id;
    }
  }
  const { resolution } = resolveRequirement(name, graph.index, graph.policy, new Set(['local']));
  for (const provider of certainProviders(resolution)) {
    if (provider.kind === 'local') {
      return provider.srpm;
    }
  }
  throw noSpec(graph, name);
}

/** Why nothing is built by this name: its spec is for other architectures, cannot be read, or is not there. */
function noSpec({ builds, excluded, failures }: DependencyGraph, name: string): Error {
  const isNamed = (spec: string) => `/${spec}`.endsWith(`/${name}.spec`);
  const excludedSpec = excluded.find(isNamed);
  if (excludedSpec !== undefined) {
    return usageError('PLAN_OTHER_ARCH', `${excludedSpec} is not for the architecture that is built for.`, {
      hint: 'Its ExclusiveArch or ExcludeArch leaves it out: leave it out too, or take a profile whose arch is one of its.',
    });
  }
  const failure = failures.find(({ spec }) => isNamed(spec));
  if (failure !== undefined) {
    return usageError('PLAN_UNREADABLE_SPEC', `${failure.spec} cannot be read: ${failure.error.message}`, {
      hint: 'What rpm says of it: distrokit scan. Mend the spec, or give the profile what it asks for.',
    });
  }
  const names = [...builds.values()].map(({ source }) => source.name);
  const nearest = nearestName(name, names);
  return usageError('PLAN_UNKNOWN_PACKAGE', `No spec makes ${name}.`, {
    hint: nearest === undefined ? 'Look for its name in the specs folder.' : `Did you mean ${nearest}?`,
  });
}

function srpmsOf(graph: DependencyGraph, closure: RunClosure): ReadonlySet<SrpmId> {
  return new Set([...closure.packages].map((id) => graph.packages.get(id)!.srpm));
}

function orderBuilds(
  { graph, durations }: PlanInput,
  needs: ReadonlyMap<SrpmId, RunClosure>,
  chosen: readonly SrpmId[],
  wantedBy: ReadonlyMap<SrpmId, ReadonlySet<string>>,
): readonly PlannedBuild[] {
  const srpms = chosen.toSorted(byCodeUnit);
  const waitsOn = new Map(
    srpms.map((srpm) => [srpm, [...srpmsOf(graph, needs.get(srpm)!)].sort(byCodeUnit)]),
  );
  const order = toposort.array(
    srpms,
    srpms.flatMap((srpm) => waitsOn.get(srpm)!.map((first): [string, string] => [first, srpm])),
  );
  const expected = expectedDurations(graph, srpms, durations);
  const priority = new Map<SrpmId, number>();
  for (const srpm of order.toReversed()) {
    const own = (priority.get(srpm) ?? 0) + expected.get(srpm)!;
    priority.set(srpm, own);
    for (const first of waitsOn.get(srpm)!) {
      priority.set(first, Math.max(priority.get(first) ?? 0, own));
    }
  }
  return order.map((srpm) => {
    const build = graph.builds.get(srpm)!;
    const closure = needs.get(srpm)!;
    return {
      srpm,
      source: build.source,
      buildRequires: build.requirements.map((requirement) => plannedRequirement(requirement, closure)),
      dependencies: [...closure.packages].sort(byCodeUnit),
      waitsOn: waitsOn.get(srpm)!,
      expectedMs: expected.get(srpm)!,
      priority: priority.get(srpm)!,
      wantedBy: [...wantedBy.get(srpm)!].sort(byCodeUnit),
    };
  });
}

function plannedRequirement({ text, resolution }: Requirement, closure: RunClosure) {
  const providers = resolutionLeaves(resolution).flatMap((leaf) =>
    leaf.kind === 'provided' ? [leaf.provider] : [],
  );
  const isThere = providers.filter(
    (provider) => provider.kind !== 'local' || closure.packages.has(provider.package),
  );
  return { text, providers: isThere };
}

function expectedDurations(
  graph: DependencyGraph,
  srpms: readonly SrpmId[],
  durations: ReadonlyMap<string, number>,
): ReadonlyMap<SrpmId, number> {
  const known = [...durations.values()].sort((a, b) => a - b);
  const typical = known[known.length >> 1] ?? UNKNOWN_DURATION_MS;
  return new Map(srpms.map((srpm) => [srpm, durations.get(graph.builds.get(srpm)!.source.name) ?? typical]));
}

function collectNeeds(
  closures: readonly RunClosure[],
  kind: PlannedNeed['provider']['kind'],
): readonly PlannedNeed[] {
  const needs = new Map<string, PlannedNeed & { readonly wantedBy: string[] }>();
  for (const { external } of closures) {
    for (const { capability, provider, wantedBy } of external) {
      if (provider.kind === kind) {
        const need = needs.get(capability) ?? { capability, provider, wantedBy: [] };
        needs.set(capability, need);
        need.wantedBy.push(...wantedBy);
      }
    }
  }
  return [...needs.values()].map(withSortedWanters).sort((a, b) => byCodeUnit(a.capability, b.capability));
}

function collectUnresolved(closures: readonly RunClosure[]): readonly UnresolvedNeed[] {
  const needs = new Map<string, string[]>();
  for (const { unresolved } of closures) {
    for (const [capability, wantedBy] of unresolved) {
      needs.set(capability, [...(needs.get(capability) ?? []), ...wantedBy]);
    }
  }
  return [...needs]
    .map(([capability, wantedBy]) => withSortedWanters({ capability, wantedBy }))
    .sort((a, b) => byCodeUnit(a.capability, b.capability));
}

function withSortedWanters<N extends { readonly wantedBy: readonly string[] }>(need: N): N {
  return { ...need, wantedBy: [...new Set(need.wantedBy)].sort(byCodeUnit) };
}

import type { DependencyGraph, SrpmId } from '../domain/graph.ts';
import { reviseGraph } from '../domain/graph-revise.ts';
import type { RpmArtifact } from '../domain/package.ts';
import type { PlanGoal } from '../domain/plan.ts';
import { byCodeUnit } from '../domain/text.ts';
import type { Context } from './context.ts';
import { cachedBuilds } from './dry-run.ts';
import { planGoal } from './packages.ts';
import { asScanned } from './revision.ts';

/** What of the distribution is built, as its specs are now. */
export interface BuiltSoFar {
  /** Revised by what is built. */
  readonly graph: DependencyGraph;
  readonly packages: ReadonlyMap<SrpmId, readonly RpmArtifact[]>;
  /** Why each of the others would be built. */
  readonly unbuilt: ReadonlyMap<SrpmId, string>;
}

/** Finds the packages that a run of everything would take from the cache; nothing is fetched or built. */
export async function builtSoFar(
  firstGraph: DependencyGraph,
  given: Context,
  signal: AbortSignal,
): Promise<BuiltSoFar> {
  const context = { ...given, settings: { ...given.settings, config: undefined, packages: [], rebuild: [] } };
  const names = [...firstGraph.builds.values()].map(({ source }) => source.name).sort(byCodeUnit);
  const goal: PlanGoal = { install: [], build: names };
  const packages = new Map<SrpmId, readonly RpmArtifact[]>();
  const unbuilt = new Map<SrpmId, string>();
  let graph = firstGraph;
  // As a build does it: what packages turn out to be may bring more builds into the plan.
  for (;;) {
    const plan = await planGoal(graph, goal, context, signal);
    for (const srpm of plan.cycles.flatMap(({ srpms }) => srpms)) unbuilt.set(srpm, 'a cycle of builds');
    if (plan.builds.every(({ srpm }) => packages.has(srpm) || unbuilt.has(srpm))) break;
    const { done, reasons } = await cachedBuilds(graph, plan, packages, context, signal);
    for (const [srpm, reason] of reasons) unbuilt.set(srpm, reason);
    for (const [srpm, made] of done) {
      if (packages.has(srpm)) continue;
      packages.set(srpm, made);
      graph = reviseGraph(graph, srpm, made.map(asScanned));
    }
  }
  return { graph, packages, unbuilt };
}

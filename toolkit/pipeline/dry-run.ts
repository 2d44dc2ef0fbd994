import { buildReason } from '../domain/build-record.ts';
import { ToolkitError } from '../domain/errors.ts';
import type { DependencyGraph, SrpmId } from '../domain/graph.ts';
import type { RpmArtifact } from '../domain/package.ts';
import { type BuildPlan, type PlannedBuild, waitsOf } from '../domain/plan.ts';
import { buildCycleError } from '../stages/graph-to-plan/index.ts';
import { cachedPackages } from '../stages/srpms-to-packages/index.ts';
import { type BuildState, buildInputs, planWithSrpm } from './build-one.ts';
import { readBuildRecord } from './build-records.ts';
import type { Context } from './context.ts';
import { refuseScanFailures } from './graph.ts';
import { loadConfigToMake } from './image.ts';
import { runPlan } from './index.ts';
import { cachedSrpm } from './srpms.ts';
import { workerRoot } from './worker.ts';

/** What a run would do, for people and programs. */
export interface PlanSummary {
  readonly builds: readonly {
    readonly name: string;
    readonly action: 'build' | 'reuse';
    readonly expectedMs: number | undefined;
    readonly because: string;
  }[];
  /** Capabilities that package servers give. */
  readonly fromServers: readonly string[];
  readonly summary: string;
}

/** Tells what `make packages` would build and what it would reuse; nothing is fetched or built. */
export async function planPackages(context: Context, signal: AbortSignal): Promise<PlanSummary> {
  const { graph, plan } = await runPlan(context, signal);
  const reasons = await buildReasons(graph, plan, context, signal);
  refuseScanFailures(graph.failures);
  const cycles = buildCycleError(plan);
  if (cycles !== undefined) throw cycles;
  return summarizePlan(plan, graph, reasons);
}

/** Why each build of a plan would run; what would be reused is not in it. */
export async function buildReasons(
  graph: DependencyGraph,
  plan: BuildPlan,
  context: Context,
  signal: AbortSignal,
): Promise<ReadonlyMap<SrpmId, string>> {
  return (await cachedBuilds(graph, plan, new Map(), context, signal)).reasons;
}

/** What of a plan is in the cache, `known` of it already, and why each other build would run. */
export async function cachedBuilds(
  graph: DependencyGraph,
  plan: BuildPlan,
  known: ReadonlyMap<SrpmId, readonly RpmArtifact[]>,
  context: Context,
  signal: AbortSignal,
): Promise<{
  readonly done: ReadonlyMap<SrpmId, readonly RpmArtifact[]>;
  readonly reasons: ReadonlyMap<SrpmId, string>;
}> {
  const worker = await workerRoot(context, signal);
  const waits = waitsOf(plan);
  const done = new Map(known);
  const reasons = new Map<SrpmId, string>();
  for (const build of plan.builds) {
    if (known.has(build.srpm)) continue;
    const state: BuildState = { graph, done, waits, worker };
    const reason = await whyBuild(build, state, done, context, signal);
    if (reason !== undefined) reasons.set(build.srpm, reason);
  }
  return { done, reasons };
}

/** The same for `make image`; the configuration is checked too. */
export async function planImage(context: Context, signal: AbortSignal): Promise<PlanSummary> {
  await loadConfigToMake(context.settings);
  return await planPackages(context, signal);
}

/** Why a package would be built; undefined, and its packages in `done`, when it would be reused. */
async function whyBuild(
  build: PlannedBuild,
  state: BuildState,
  done: Map<SrpmId, readonly RpmArtifact[]>,
  context: Context,
  signal: AbortSignal,
): Promise<string | undefined> {
  const first = build.waitsOn.find((srpm) => !done.has(srpm));
  if (first !== undefined) return `after ${state.graph.builds.get(first)?.source.name ?? first}`;
  if (context.settings.rebuild.includes(build.source.name)) return 'asked for';
  const known = await knownSrpm(build.srpm, state, context);
  if (known instanceof ToolkitError) return known.message;
  const { srpm, contents } = known;
  const before = (await readBuildRecord(build.source.name, context))?.inputs;
  if (srpm === undefined) return buildReason({ ...contents, worker: state.worker.key }, before);
  const plan = await planWithSrpm(build, srpm, state, context, signal);
  const outcome = await cachedPackages(plan, context.ports);
  if (outcome === undefined) return buildReason(buildInputs(srpm, plan, state, context), before);
  done.set(build.srpm, outcome.packages);
  return undefined;
}

/** What is known of the source RPM, or what is wrong with its spec's sources: that is for its build to fail at. */
async function knownSrpm(
  srpm: SrpmId,
  { graph, worker }: BuildState,
  context: Context,
): Promise<Awaited<ReturnType<typeof cachedSrpm>> | ToolkitError> {
  try {
    return await cachedSrpm(graph.scans.get(srpm)!, worker, context);
  } catch (error) {
    if (error instanceof ToolkitError && error.errorClass !== 'host') return error;
    throw error;
  }
}

/** A plan in short; `reasons` tell why each package that is not reused would be built. */
export function summarizePlan(
  plan: BuildPlan,
  graph: DependencyGraph,
  reasons?: ReadonlyMap<SrpmId, string>,
): PlanSummary {
  const builds = plan.builds.map(({ srpm, source, expectedMs }) => {
    const because = reasons === undefined ? '' : reasons.get(srpm);
    if (because === undefined)
      return { name: source.name, action: 'reuse', expectedMs: undefined, because: '' } as const;
    return { name: source.name, action: 'build', expectedMs, because } as const;
  });
  const build = builds.filter(({ action }) => action === 'build').length;
  const all = `${graph.builds.size} source packages, ${plan.builds.length} needed`;
  const summary =
    reasons === undefined ? all : `${all}: ${build} to build, ${plan.builds.length - build} to reuse`;
  return { builds, fromServers: plan.fromServers.map(({ capability }) => capability), summary };
}

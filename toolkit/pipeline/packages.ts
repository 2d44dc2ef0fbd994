import { type BuildSummary, longestChain } from '../domain/build-summary.ts';
import { buildError, type ToolkitError } from '../domain/errors.ts';
import type { DependencyGraph, SrpmId } from '../domain/graph.ts';
import { reviseGraph } from '../domain/graph-revise.ts';
import type { RpmArtifact } from '../domain/package.ts';
import { type BuildPlan, type PlanGoal, type PlannedBuild, waitsOf } from '../domain/plan.ts';
import { byCodeUnit } from '../domain/text.ts';
import { buildCycleError, graphToPlan, planBuilds } from '../stages/graph-to-plan/index.ts';
import type { BuildOutcome } from '../stages/srpms-to-packages/index.ts';
import { type BuildState, buildOne } from './build-one.ts';
import { readDurations } from './build-records.ts';
import { buildablePart, withRefused } from './buildable-part.ts';
import type { Context } from './context.ts';
import { outPaths } from './layout.ts';
import { asScanned } from './revision.ts';
import { schedule } from './schedule.ts';
import { writeSnapshot } from './snapshot.ts';
import { inStage, inTask } from './stage.ts';
import { workerRoot } from './worker.ts';

/** Packages of a goal, built or taken from the cache. */
export interface BuiltPackages {
  readonly graph: DependencyGraph;
  readonly plan: BuildPlan;
  /** By source package, in the order of the plan: all of it, unless there is a `failure`. */
  readonly packages: ReadonlyMap<SrpmId, readonly RpmArtifact[]>;
  /** Why builds were not made, in words. */
  readonly unbuilt: ReadonlyMap<SrpmId, string>;
  /** `PACKAGES_FAILED` when builds failed; everything that could go on has ended well. */
  readonly failure: ToolkitError | undefined;
}

/**
 * Plans what a goal needs, and keeps the plan to be looked at. A goal with names is refused at once when
 * nobody provides what it needs, or builds wait for each other; a goal of everything goes on with what can
 * be built.
 */
export async function planGoal(
  graph: DependencyGraph,
  goal: PlanGoal,
  context: Context,
  signal: AbortSignal,
): Promise<BuildPlan> {
  signal.throwIfAborted();
  const { ports, settings } = context;
  const durations = await readDurations(context);
  const input = { graph, goal, rebuild: settings.buildLocally, durations };
  const everything = settings.config === undefined && settings.packages.length === 0;
  const plan = everything ? planBuilds(input) : graphToPlan(input, ports);
  await writeSnapshot(outPaths(settings).plan, plan);
  return plan;
}

/**
 * Builds everything that a goal needs; names of which nothing can come are left out while there are others, and
 * told of in the failure. What a build reveals may change the plan: it is made again until
 * nothing is left to do, or builds have failed.
 */
export async function buildGoal(
  firstGraph: DependencyGraph,
  wanted: PlanGoal,
  context: Context,
  signal: AbortSignal,
): Promise<BuiltPackages> {
  const { ports, settings } = context;
  let graph = firstGraph;
  const { goal, refused } =
    settings.packages.length === 0
      ? { goal: wanted, refused: [] }
      : buildablePart({ graph, goal: wanted, rebuild: settings.buildLocally, durations: new Map() });
  let plan = await planGoal(graph, goal, context, signal);
  const done = new Map<SrpmId, readonly RpmArtifact[]>();
  const worker = await workerRoot(context, signal);
  const outcomes: BuildOutcome[] = [];
  const [startMs, startCpuMs] = [ports.clock.now(), ports.processes.cpuMs()];
  const failure = await inStage(ports, 'packages', plan.builds.length, async () => {
    let failure: ToolkitError | undefined;
    while (failure === undefined) {
      const pending = plan.builds.filter(({ srpm }) => !done.has(srpm));
      if (pending.length === 0) break;
      const round = await buildRound(pending, { graph, plan, done, worker }, context, signal);
      outcomes.push(...round);
      failure = failureOf(round, pending, ports.store.root);
      if (failure !== undefined) break;
      for (const { srpm } of pending) graph = reviseGraph(graph, srpm, done.get(srpm)!.map(asScanned));
      plan = await planGoal(graph, goal, context, signal);
    }
    const count = (wanted: BuildOutcome['kind']) => outcomes.filter(({ kind }) => kind === wanted).length;
    const lost = failure === undefined ? '' : `, ${count('failed')} failed, ${count('skipped')} skipped`;
    return { result: failure, detail: `${count('built')} built, ${count('reused')} reused${lost}` };
  });
  // Docker's engine starts builds, not we.
  const isCounted = ports.roots.backend === 'userns';
  const times = {
    totalMs: ports.clock.now() - startMs,
    cpuMs: isCounted ? ports.processes.cpuMs() - startCpuMs : undefined,
  };
  ports.events.emit({ type: 'builds.summarized', summary: summarizeBuilds(plan, outcomes, times) });
  const packages = new Map(
    plan.builds.flatMap(({ srpm }) => {
      const made = done.get(srpm);
      return made === undefined ? [] : [[srpm, made] as const];
    }),
  );
  const unbuilt = unbuiltOf(plan, outcomes);
  return { graph, plan, packages, unbuilt, failure: withRefused(withCycles(failure, plan), refused) };
}

function unbuiltOf(plan: BuildPlan, outcomes: readonly BuildOutcome[]): ReadonlyMap<SrpmId, string> {
  const last = new Map(outcomes.map((outcome) => [outcome.name, outcome]));
  const unbuilt = new Map<SrpmId, string>();
  for (const { srpms, text } of plan.cycles) for (const srpm of srpms) unbuilt.set(srpm, `cycle: ${text}`);
  for (const { srpm, source } of plan.builds) {
    const outcome = last.get(source.name);
    if (outcome?.kind === 'failed') unbuilt.set(srpm, outcome.error.message);
    if (outcome?.kind === 'skipped') unbuilt.set(srpm, `it needs ${outcome.because}`);
  }
  return unbuilt;
}

function summarizeBuilds(
  plan: BuildPlan,
  outcomes: readonly BuildOutcome[],
  times: Pick<BuildSummary, 'totalMs' | 'cpuMs'>,
): BuildSummary {
  const built = outcomes.filter((outcome) => outcome.kind === 'built');
  const names = new Map(plan.builds.map(({ srpm, source }) => [srpm, source.name]));
  const order = plan.builds.map(({ source, waitsOn }) => ({
    name: source.name,
    waitsOn: waitsOn.map((srpm) => names.get(srpm) ?? srpm),
  }));
  const named = (kind: BuildOutcome['kind']) =>
    outcomes.filter((outcome) => outcome.kind === kind).map(({ name }) => name);
  return {
    built: built.map(({ name, durationMs, because }) => ({ name, durationMs, because })),
    reused: named('reused'),
    failed: named('failed'),
    skipped: outcomes
      .filter((outcome) => outcome.kind === 'skipped')
      .map(({ name, because }) => ({ name, because })),
    ...longestChain(order, new Map(built.map(({ name, durationMs }) => [name, durationMs]))),
    ...times,
  };
}

/** What failed, with the builds that could never start because they wait for each other. */
function withCycles(failure: ToolkitError | undefined, plan: BuildPlan): ToolkitError | undefined {
  const cycles = buildCycleError(plan);
  if (cycles === undefined || failure === undefined) return failure ?? cycles;
  return buildError(failure.code, `${failure.message}\n${cycles.message}`, {
    hint: `${failure.hint} ${cycles.hint}`,
  });
}

/** Throws what made builds fail. */
export function refuseFailedBuilds({ failure }: Pick<BuiltPackages, 'failure'>): void {
  if (failure !== undefined) throw failure;
}

interface Round {
  readonly graph: DependencyGraph;
  readonly plan: BuildPlan;
  readonly done: Map<SrpmId, readonly RpmArtifact[]>;
  readonly worker: BuildState['worker'];
}

async function buildRound(
  pending: readonly PlannedBuild[],
  round: Round,
  context: Context,
  signal: AbortSignal,
): Promise<BuildOutcome[]> {
  const { ports, settings } = context;
  const waits = waitsOf(round.plan);
  const there = new Set(round.done.keys());
  const builds = pending.map((build) => ({
    ...build,
    waitsOn: build.waitsOn.filter((srpm) => !there.has(srpm)),
  }));
  const known = await readDurations(context);
  const names = new Map(round.plan.builds.map(({ srpm, source }) => [srpm, source.name]));
  const tasks = builds.map(({ source, waitsOn, expectedMs, priority }) => ({
    ...{ task: source.name, expectedMs, priority },
    waitsOn: waitsOn.map((srpm) => names.get(srpm) ?? srpm),
  }));
  ports.events.emit({ type: 'stage.planned', stage: 'packages', workers: settings.concurrentBuilds, tasks });
  return await schedule<BuildOutcome>(builds, {
    concurrency: settings.concurrentBuilds,
    keepGoing: settings.keepGoing,
    endedWell: ({ kind }) => kind === 'built' || kind === 'reused',
    skip: (build, failed) => {
      const because = round.graph.builds.get(failed)?.source.name ?? failed;
      const name = build.source.name;
      const detail = `needs ${because}`;
      ports.events.emit({
        type: 'task.finished',
        stage: 'packages',
        task: name,
        outcome: 'skipped',
        durationMs: 0,
        detail,
      });
      return { kind: 'skipped', name, because };
    },
    run: async (build) => {
      const state = { graph: round.graph, done: round.done, waits, worker: round.worker };
      const work = () => buildOne(build, state, context, signal);
      const { name } = build.source;
      const task = { stage: 'packages', task: name, expectedMs: known.get(name) };
      const outcome = await inTask(ports, task, work, describe, signal);
      if (outcome.kind === 'built' || outcome.kind === 'reused') round.done.set(build.srpm, outcome.packages);
      return outcome;
    },
  });
}

function describe(outcome: BuildOutcome) {
  switch (outcome.kind) {
    case 'built':
      return { outcome: 'made', detail: outcome.because } as const;
    case 'reused':
      return { outcome: 'reused' } as const;
    case 'failed':
      return { outcome: 'failed', detail: outcome.error.message } as const;
    case 'skipped':
      return { outcome: 'failed', detail: `needs ${outcome.because}` } as const;
  }
}

/** One error that tells of every failed build: what failed, its last lines, its log, what it blocks. */
function failureOf(
  outcomes: readonly BuildOutcome[],
  builds: readonly PlannedBuild[],
  cache: string,
): ToolkitError | undefined {
  const failed = outcomes.filter((outcome) => outcome.kind === 'failed');
  if (failed.length === 0) return undefined;
  const told = failed.map((failure) => {
    const blocked = blockedBy(failure.name, builds);
    const lines = failure.error.lines.map((line) => `    | ${line}`).join('\n');
    return [
      `${failure.name}: ${failure.error.message}`,
      ...(lines === '' ? [] : [lines]),
      ...(failure.log === '' ? [] : [`    log: ${failure.log}`]),
      ...(blocked.length === 0 ? [] : [`    not built because of it: ${blocked.join(', ')}`]),
    ].join('\n');
  });
  const count = failed.length === 1 ? 'a package' : `${failed.length} packages`;
  return buildError('PACKAGES_FAILED', `${count} could not be built\n  ${told.join('\n  ')}`, {
    hint: failed.some(({ error }) => error.message.includes('No space left on device'))
      ? `Free some space on the disk of ${cache}, then run again: what was built is kept.`
      : `${failed.some(({ log }) => log !== '') ? "'distrokit shell NAME' opens the build root. " : ''}What was built is kept.`,
  });
}

function blockedBy(name: string, builds: readonly PlannedBuild[]): string[] {
  const blocked = new Set(builds.filter(({ source }) => source.name === name).map(({ srpm }) => srpm));
  for (let before = 0; before !== blocked.size; ) {
    before = blocked.size;
    for (const { srpm, waitsOn } of builds)
      if (waitsOn.some((other) => blocked.has(other))) blocked.add(srpm);
  }
  return builds
    .filter(({ srpm, source }) => blocked.has(srpm) && source.name !== name)
    .map(({ source }) => source.name)
    .sort(byCodeUnit);
}

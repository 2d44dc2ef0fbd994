import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import type { ComparedPackage } from '../domain/difference.ts';
import { ToolkitError } from '../domain/errors.ts';
import type { DependencyGraph, SrpmId } from '../domain/graph.ts';
import type { RpmArtifact } from '../domain/package.ts';
import { type PlannedBuild, waitsOf } from '../domain/plan.ts';
import { formatNevra, rpmFileName } from '../domain/spec.ts';
import { byCodeUnit } from '../domain/text.ts';
import { summarizeVerification, type Verification, type VerifiedSource } from '../domain/verification.ts';
import { applyExceptions, parseVerifyExceptions, type VerifyException } from '../domain/verify-exceptions.ts';
import { compareRpms } from '../formats/difference/index.ts';
import { findSrpm } from '../stages/graph-to-plan/index.ts';
import {
  buildVaried,
  cachedVaried,
  type PackagePlan,
  type VariedOutcome,
  variedKey,
} from '../stages/srpms-to-packages/index.ts';
import { type BuildState, planBuild } from './build-one.ts';
import type { Context } from './context.ts';
import { readGraph, thenRefuseScanFailures } from './graph.ts';
import { packageGoal } from './index.ts';
import { outPaths } from './layout.ts';
import { openBytes } from './open-bytes.ts';
import { type BuiltPackages, buildGoal, refuseFailedBuilds } from './packages.ts';
import { inStage, inTask } from './stage.ts';
import { workerRoot } from './worker.ts';

/**
 * Builds each package of the goal (those named, else all) a second time in other conditions, and compares
 * the two byte for byte. The first is the cached one, or is built now. A second build is remembered by the
 * key of the first. What has no first build is listed as such, and its error is the `failure`: the others are
 * verified all the same.
 */
export async function runVerify(context: Context, signal: AbortSignal): Promise<VerifyRun> {
  const graph = await readGraph(context, signal);
  const built = await buildGoal(graph, await packageGoal(graph, context), context, signal);
  const failure = await failureOf(graph, built);
  const waits = waitsOf(built.plan);
  const worker = await workerRoot(context, signal);
  const state: BuildState = { graph: built.graph, done: built.packages, waits, worker };
  const named = new Set<SrpmId>(context.settings.packages.map((name) => findSrpm(graph, name)));
  const isChosen = (srpm: SrpmId) => named.size === 0 || named.has(srpm);
  const builds = built.plan.builds.filter(({ srpm }) => isChosen(srpm) && built.packages.has(srpm));
  const missing = [...built.unbuilt]
    .filter(([srpm]) => isChosen(srpm))
    .map(([srpm, why]) => unbuiltSource(srpm, why, state, context));
  const result = await verifyBuilds(builds, missing, state, context, signal);
  return { result, failure };
}

export interface VerifyRun {
  readonly result: Verification;
  /** What made first builds fail, or could not be read. */
  readonly failure: ToolkitError | undefined;
}

async function failureOf(graph: DependencyGraph, built: BuiltPackages): Promise<ToolkitError | undefined> {
  try {
    await thenRefuseScanFailures(graph.failures, async () => refuseFailedBuilds(built));
    return undefined;
  } catch (error) {
    if (error instanceof ToolkitError) return error;
    throw error;
  }
}

function unbuiltSource(srpm: SrpmId, why: string, { graph }: BuildState, context: Context): VerifiedSource {
  const { name } = graph.builds.get(srpm)!.source;
  const log = outPaths(context.settings).packageLog(name);
  const none = { packages: [], open: [], exceptions: [], unused: [], varied: [], second: undefined };
  const failure = { message: why, log };
  return { ...none, name, spec: graph.scans.get(srpm)!.spec, verdict: 'unbuilt', failure };
}

async function verifyBuilds(
  builds: readonly PlannedBuild[],
  missing: readonly VerifiedSource[],
  state: BuildState,
  context: Context,
  signal: AbortSignal,
): Promise<Verification> {
  const { ports, settings } = context;
  const limit = pLimit(settings.concurrentBuilds);
  // Builds side by side get a processor each.
  const cores = Array.from({ length: settings.concurrentBuilds }, (_, index) => index);
  return await inStage(ports, 'verify', builds.length, async () => {
    const tasks = builds.map(({ source, expectedMs }) => {
      return { task: source.name, expectedMs, waitsOn: [], priority: expectedMs };
    });
    ports.events.emit({ type: 'stage.planned', stage: 'verify', workers: settings.concurrentBuilds, tasks });
    const longestFirst = [...builds].sort((a, b) => b.expectedMs - a.expectedMs);
    const work = longestFirst.map((build) =>
      limit(async () => {
        const core = cores.pop() ?? 0;
        try {
          const name = build.source.name;
          const verify = () => verifyOne(build, core, state, context, signal);
          const done = await inTask(ports, { stage: 'verify', task: name }, verify, describe, signal);
          return done.source;
        } finally {
          cores.push(core);
        }
      }),
    );
    const settled = await Promise.allSettled(work);
    const sources = settled.map((one) => {
      if (one.status === 'rejected') throw one.reason;
      return one.value;
    });
    const result = summarizeVerification([...sources, ...missing].sort((a, b) => byCodeUnit(a.name, b.name)));
    return { result, detail: `${result.identical.sources} of ${result.count.sources} are byte-identical` };
  });
}

interface Verified {
  readonly source: VerifiedSource;
  readonly reused: boolean;
}

function describe({ source, reused }: Verified) {
  switch (source.verdict) {
    case 'identical':
    case 'excepted':
      return reused
        ? ({ outcome: 'reused' } as const)
        : ({ outcome: 'made', detail: source.verdict } as const);
    case 'differs':
      return { outcome: 'failed', detail: 'not the same bytes' } as const;
    case 'failed':
    case 'unbuilt':
      return { outcome: 'failed', detail: source.failure?.message ?? '' } as const;
  }
}

async function verifyOne(
  build: PlannedBuild,
  core: number,
  state: BuildState,
  context: Context,
  signal: AbortSignal,
): Promise<Verified> {
  const { settings } = context;
  const name = build.source.name;
  const { spec } = state.graph.scans.get(build.srpm)!;
  const exceptions = await readExceptions(join(settings.specsDir, spec));
  const plan = await planBuild(build, state, context, signal);
  const second = await secondBuild(plan, core, state, context, signal);
  const common = { name, exceptions, spec } as const;
  if (second.kind === 'failed') {
    const failure = { message: second.error.message, log: second.log };
    const none = { packages: [], open: [], unused: [], varied: [], second: undefined };
    return { source: { ...common, ...none, verdict: 'failed', failure }, reused: false };
  }
  const packages = await comparePackages(state.done.get(build.srpm)!, second.packages);
  const { open: left, unused } = applyExceptions(packages, exceptions);
  const isIdentical = packages.every(({ identical }) => identical);
  const folder = isIdentical ? undefined : await keepSecond(name, second.packages, context, signal);
  const verdict = left.length > 0 ? 'differs' : isIdentical ? 'identical' : 'excepted';
  const { varied } = second;
  const found = { packages, open: left, unused, varied, failure: undefined, second: folder };
  return { source: { ...common, ...found, verdict }, reused: second.kind === 'reused' };
}

async function readExceptions(path: string): Promise<VerifyException[]> {
  return parseVerifyExceptions(await readFile(path, 'latin1'), path);
}

async function secondBuild(
  plan: PackagePlan,
  core: number,
  { worker }: BuildState,
  context: Context,
  signal: AbortSignal,
): Promise<VariedOutcome> {
  const { ports, settings, target } = context;
  await using _lock = await ports.locks.acquire(`action-${variedKey(plan)}`, signal);
  const cached = settings.rebuild.includes(plan.name) ? undefined : await cachedVaried(plan, ports);
  if (cached !== undefined) return cached;
  const log = outPaths(settings).verifyLog(plan.name);
  const onSection = (detail: string) =>
    ports.events.emit({ type: 'task.progressed', stage: 'verify', task: plan.name, detail });
  return await buildVaried({ plan, worker, target, log, onSection, core }, ports, signal);
}

async function comparePackages(
  first: readonly RpmArtifact[],
  second: readonly RpmArtifact[],
): Promise<ComparedPackage[]> {
  const [ours, theirs] = [byFile(first), byFile(second)];
  const files = [...new Set([...ours.keys(), ...theirs.keys()])].sort(byCodeUnit);
  const compared: ComparedPackage[] = [];
  for (const file of files) {
    const [left, right] = [ours.get(file), theirs.get(file)];
    const { header } = (left ?? right)!;
    const common = { nevra: formatNevra(header), name: header.name };
    if (left === undefined || right === undefined) {
      const detail = `only in the ${left === undefined ? 'second' : 'first'} build`;
      const differences = [{ what: 'payload', name: file, member: '', detail }] as const;
      compared.push({ ...common, identical: false, differences });
    } else if (left.digest.sha256 === right.digest.sha256) {
      compared.push({ ...common, identical: true, differences: [] });
    } else {
      await using a = await openBytes(left.path);
      await using b = await openBytes(right.path);
      compared.push({ ...common, identical: false, differences: await compareRpms(a.read, b.read) });
    }
  }
  return compared;
}

function byFile(packages: readonly RpmArtifact[]): Map<string, RpmArtifact> {
  return new Map(packages.map((one) => [rpmFileName(one.header), one]));
}

/** Puts the packages of the second build where a person can look at them. */
async function keepSecond(
  name: string,
  packages: readonly RpmArtifact[],
  { ports, settings }: Context,
  signal: AbortSignal,
): Promise<string> {
  const folder = outPaths(settings).varied(name);
  for (const { digest, header } of packages) {
    await ports.store.checkout(digest.sha256, join(folder, rpmFileName(header)), signal);
  }
  return folder;
}

import { actionKey } from '../domain/action-key.ts';
import { type BuildInputs, buildReason } from '../domain/build-record.ts';
import { ToolkitError } from '../domain/errors.ts';
import type { DependencyGraph, SrpmId } from '../domain/graph.ts';
import type { RpmArtifact } from '../domain/package.ts';
import { type PlannedBuild, withWaits } from '../domain/plan.ts';
import type { Root } from '../domain/ports.ts';
import { rpmFileName } from '../domain/spec.ts';
import { targetKey } from '../domain/target.ts';
import { byCodeUnit } from '../domain/text.ts';
import { findSrpm } from '../stages/graph-to-plan/index.ts';
import type { Srpm } from '../stages/plan-to-srpms/index.ts';
import {
  type BuildDependency,
  type BuildOutcome,
  buildPackages,
  cachedPackages,
  type PackagePlan,
  planPackage,
} from '../stages/srpms-to-packages/index.ts';
import { readBuildRecord, saveBuildRecord } from './build-records.ts';
import type { Context } from './context.ts';
import { type Available, solveInstall } from './install.ts';
import { outPaths } from './layout.ts';
import type { Settings } from './settings.ts';
import { srpmOf } from './srpms.ts';

/** What the builds of one run share. */
export interface BuildState {
  readonly graph: DependencyGraph;
  /** Packages of the source RPMs that are done. */
  readonly done: ReadonlyMap<SrpmId, readonly RpmArtifact[]>;
  /** What each build of the plan waits on. */
  readonly waits: ReadonlyMap<SrpmId, readonly SrpmId[]>;
  readonly worker: Root;
}

/** Plans a build as far as it can be known: packs its source RPM and solves its build root. */
export async function planBuild(
  build: PlannedBuild,
  state: BuildState,
  context: Context,
  signal: AbortSignal,
): Promise<PackagePlan> {
  const srpm = await srpmOf(state.graph.scans.get(build.srpm)!, state.worker, context, signal);
  return await planWithSrpm(build, srpm, state, context, signal);
}

/** The build of a source RPM that is there. */
export async function planWithSrpm(
  build: PlannedBuild,
  srpm: Srpm,
  state: BuildState,
  context: Context,
  signal: AbortSignal,
): Promise<PackagePlan> {
  return planPackage({
    name: build.source.name,
    srpm: { file: srpm.file, digest: srpm.digest },
    dependencies: await buildDependencies(build, state, context, signal),
    rootKey: state.worker.key,
    targetKey: targetKey(context.distro.build.target),
    runCheck: runsCheck(build.srpm, state.graph, context.settings),
  });
}

/**
 * Whether a build runs %check: where it is asked for, of the packages that the user named, or of all when he
 * named none. What these need is built as ever, so that one package's tests do not build everything anew.
 */
function runsCheck(
  srpm: SrpmId,
  graph: DependencyGraph,
  { runCheck, packages }: Pick<Settings, 'runCheck' | 'packages'>,
): boolean {
  if (!runCheck || packages.length === 0) return runCheck;
  return packages.some((name) => findSrpm(graph, name) === srpm);
}

/** Builds one source package, or takes it from the cache. What a spec is to blame for is an outcome. */
export async function buildOne(
  build: PlannedBuild,
  state: BuildState,
  context: Context,
  signal: AbortSignal,
): Promise<BuildOutcome> {
  const { ports, settings } = context;
  const name = build.source.name;
  const started = ports.clock.now();
  try {
    const srpm = await srpmOf(state.graph.scans.get(build.srpm)!, state.worker, context, signal);
    const plan = await planWithSrpm(build, srpm, state, context, signal);
    const inputs = buildInputs(srpm, plan, state, context);
    const isAskedFor = settings.rebuild.includes(name);
    await using _lock = await ports.locks.acquire(`action-${plan.actionKey}`, signal);
    const before = await readBuildRecord(name, context);
    const cached = isAskedFor ? undefined : await cachedPackages(plan, ports);
    const remember = async (durationMs: number) =>
      await saveBuildRecord(name, { action: plan.actionKey, durationMs, inputs }, context);
    if (cached !== undefined) {
      if (before?.action !== plan.actionKey) await remember(cached.durationMs);
      return cached;
    }
    const log = outPaths(settings).packageLog(name);
    const onSection = (section: string) =>
      ports.events.emit({ type: 'task.progressed', stage: 'packages', task: name, detail: section });
    const { worker } = state;
    const { jobs } = settings;
    const because = isAskedFor ? 'asked for' : buildReason(inputs, before?.inputs);
    const { target } = context.distro.build;
    const outcome = await buildPackages(
      { plan, worker, target, log, jobs, onSection, because },
      ports,
      signal,
    );
    if (outcome.kind === 'built') await remember(outcome.durationMs);
    return outcome;
  } catch (error) {
    if (!(error instanceof ToolkitError) || error.errorClass === 'host') throw error;
    const durationMs = ports.clock.now() - started;
    const [message = '', ...more] = error.message.split('\n');
    const lines = error.hint === undefined ? more : [...more, error.hint];
    return { kind: 'failed', name, log: '', error: { message, lines }, durationMs };
  }
}

/** What decides the packages of a build, in parts that are told when one changes. */
export function buildInputs(
  srpm: Pick<Srpm, 'contents'>,
  { dependencies, runCheck }: Pick<PackagePlan, 'dependencies' | 'runCheck'>,
  { worker }: Pick<BuildState, 'worker'>,
  { distro }: Pick<Context, 'distro'>,
): BuildInputs {
  const bySource = Map.groupBy(dependencies, ({ source }) => source);
  return {
    ...srpm.contents,
    worker: worker.key,
    dependencies: Object.fromEntries(
      [...bySource].map(([source, all]) => [source, all.map(({ sha256 }) => sha256).sort(byCodeUnit)]),
    ),
    target: actionKey('target', targetKey(distro.build.target)),
    check: runCheck,
  };
}

/** Everything that the BuildRequires bring into the build root beyond the worker. */
async function buildDependencies(
  build: PlannedBuild,
  state: BuildState,
  context: Context,
  signal: AbortSignal,
): Promise<readonly BuildDependency[]> {
  const install = build.buildRequires.flatMap(({ text, providers }) => {
    // The seed root has it: nothing is installed. What nobody provides is asked of the solver, which says so.
    if (providers.length > 0 && providers.every(({ kind }) => kind === 'seed')) return [];
    const local = providers.flatMap((provider) => (provider.kind === 'local' ? [provider.package] : []));
    return local.length === 0 ? [text] : local.map((id) => exactName(id, state.graph));
  });
  if (install.length === 0) return [];
  const available: Available = { local: [...builtBefore(build, state)], onSeedRoot: true };
  const packages = await solveInstall(install, build.source.name, available, context, signal);
  return packages.map(({ header, digest }) => ({
    file: rpmFileName(header),
    sha256: digest.sha256,
    source: sourceName(header.sourceRpm),
  }));
}

/** `zlib` of `zlib-1.3-1.dk1.src.rpm`. */
function sourceName(sourceRpm: string): string {
  return sourceRpm.replace(/-[^-]+-[^-]+$/, '');
}

/** A local package is asked for as the very one that was built, so that the seed root's does not stand in. */
function exactName(id: string, graph: DependencyGraph): string {
  const { nevra } = graph.packages.get(id)!;
  const epoch = nevra.epoch === 0 ? '' : `${nevra.epoch}:`;
  return `${nevra.name} = ${epoch}${nevra.version}-${nevra.release}`;
}

/**
 * Packages of all that a build waits on, directly or not: the same set in whatever order builds end, and in
 * whatever round of a run they were built.
 */
export function builtBefore(
  { srpm: first }: Pick<PlannedBuild, 'srpm'>,
  { waits, done }: Pick<BuildState, 'waits' | 'done'>,
): Set<RpmArtifact> {
  const before = withWaits(waits.get(first) ?? [], waits);
  return new Set([...before].flatMap((srpm) => done.get(srpm) ?? []));
}

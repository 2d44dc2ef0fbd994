import type { SrpmId } from '../domain/graph.ts';
import type { RpmArtifact } from '../domain/package.ts';
import { waitsOf } from '../domain/plan.ts';
import type { Bind, Root } from '../domain/ports.ts';
import { buildRoot } from '../stages/srpms-to-packages/index.ts';
import { planBuild } from './build-one.ts';
import type { Context } from './context.ts';
import { readGraph } from './graph.ts';
import { buildGoal, planGoal, refuseFailedBuilds } from './packages.ts';
import { workerRoot } from './worker.ts';

/** The build root of a package as its build sees it; what it needs is built first. */
export async function openBuildRoot(
  name: string,
  context: Context,
  signal: AbortSignal,
): Promise<{ readonly root: Root; readonly binds: readonly Bind[] }> {
  const { ports } = context;
  const graph = await readGraph(context, signal);
  const plan = await planGoal(graph, { install: [], build: [name] }, context, signal);
  const build = plan.builds.at(-1);
  if (build === undefined) throw new Error(`nothing is planned for ${name}`);
  const first = plan.builds.filter(({ srpm }) => srpm !== build.srpm).map(({ source }) => source.name);
  const done = new Map<SrpmId, readonly RpmArtifact[]>();
  if (first.length > 0) {
    const built = await buildGoal(graph, { install: [], build: first }, context, signal);
    refuseFailedBuilds(built);
    for (const [srpm, packages] of built.packages) done.set(srpm, packages);
  }
  const worker = await workerRoot(context, signal);
  const waits = waitsOf(plan);
  const planned = await planBuild(build, { graph, done, waits, worker }, context, signal);
  const source = await ports.store.find(planned.srpm.digest.sha256);
  if (source === undefined) throw new Error(`source RPM of ${name} is not in the store`);
  const root = await buildRoot(planned, worker, ports, signal);
  return { root, binds: [{ source, target: `/build/in/${planned.srpm.file}`, writable: false }] };
}

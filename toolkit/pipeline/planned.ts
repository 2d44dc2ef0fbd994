import { wantedPackages } from '../domain/installer/live-config.ts';
import { waitsOf } from '../domain/plan.ts';
import type { Root } from '../domain/ports.ts';
import { buildRoot } from '../stages/srpms-to-packages/index.ts';
import { planBuild } from './build-one.ts';
import type { Context } from './context.ts';
import { readGraph } from './graph.ts';
import { readImageConfig } from './image.ts';
import { buildGoal, refuseFailedBuilds } from './packages.ts';
import { workerRoot } from './worker.ts';

/** A build with all that it takes: its root and its source RPM on the host's disk. */
export interface ReadyBuild {
  readonly name: string;
  readonly root: Root;
  readonly srpm: string;
}

/** Every build of a configuration, in order, each ready to be run by hand; builds what is not built yet. */
export async function plannedBuilds(context: Context, signal: AbortSignal): Promise<readonly ReadyBuild[]> {
  const { ports } = context;
  const graph = await readGraph(context, signal);
  const install = wantedPackages(await readImageConfig(context.settings));
  const built = await buildGoal(graph, { install, build: [] }, context, signal);
  refuseFailedBuilds(built);
  const worker = await workerRoot(context, signal);
  const waits = waitsOf(built.plan);
  const ready: ReadyBuild[] = [];
  for (const build of built.plan.builds) {
    const state = { graph: built.graph, done: built.packages, waits, worker };
    const plan = await planBuild(build, state, context, signal);
    const srpm = await ports.store.find(plan.srpm.digest.sha256);
    if (srpm === undefined) throw new Error(`source RPM of ${plan.name} is not in the store`);
    ready.push({ name: plan.name, srpm, root: await buildRoot(plan, worker, ports, signal) });
  }
  return ready;
}

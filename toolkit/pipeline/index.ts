import { usageError } from '../domain/errors.ts';
import type { DependencyGraph, SrpmId } from '../domain/graph.ts';
import { emittedFormats, type ImageConfig } from '../domain/image.ts';
import type { ImageFormat } from '../domain/image-format.ts';
import type { ImageVerification } from '../domain/image-verification.ts';
import { wantedPackages } from '../domain/installer/live-config.ts';
import type { BuildPlan, PlanGoal } from '../domain/plan.ts';
import { byCodeUnit } from '../domain/text.ts';
import type { Artifact } from '../stages/disk-to-artifacts/index.ts';
import { findSrpm } from '../stages/graph-to-plan/index.ts';
import type { Srpm } from '../stages/plan-to-srpms/index.ts';
import type { Context } from './context.ts';
import { readGraph, thenRefuseScanFailures } from './graph.ts';
import { imageParts, loadConfigToMake, makeImage, readImageConfig } from './image.ts';
import { type BuiltPackages, buildGoal, planGoal, refuseFailedBuilds } from './packages.ts';
import { publish } from './repo.ts';
import { packAll } from './srpms.ts';
import { verifyImage } from './verify-image.ts';

/** Specs to images: the main job. */
export async function runImage(
  context: Context,
  formats: readonly ImageFormat[],
  signal: AbortSignal,
): Promise<readonly Artifact[]> {
  const loaded = await loadConfigToMake(context.settings);
  refuseOtherFormats(loaded.config, formats);
  // A key that cannot sign is told before hours of building.
  await context.signer?.key(signal);
  return await withBuilt(loaded.config, context, signal, async (built) => {
    return await makeImage(loaded, formats, built, context, signal);
  });
}

/** Specs to images, twice: whether all their bytes are the same in other conditions, and what differs if not. */
export async function runVerifyImage(context: Context, signal: AbortSignal): Promise<ImageVerification> {
  const loaded = await loadConfigToMake(context.settings);
  return await withBuilt(loaded.config, context, signal, async (built) => {
    const parts = await imageParts(loaded, built, context, signal);
    return await verifyImage(parts, context, signal);
  });
}

/** Builds all that a configuration needs, then works with it. */
async function withBuilt<T>(
  config: ImageConfig,
  context: Context,
  signal: AbortSignal,
  work: (built: BuiltPackages) => Promise<T>,
): Promise<T> {
  const graph = await readGraph(context, signal);
  const goal = { install: wantedPackages(config), build: context.settings.packages };
  return await thenRefuseScanFailures(graph.failures, async () => {
    return await work(await buildAndPublish(graph, goal, context, signal));
  });
}

function refuseOtherFormats(config: ImageConfig, formats: readonly ImageFormat[]): void {
  const known = new Set(emittedFormats(config));
  const other = formats.find((format) => !known.has(format));
  if (other === undefined) return;
  throw usageError(
    'FORMAT_NOT_CONFIGURED',
    `the configuration ${config.name} does not list the format ${other}`,
    {
      hint: `Add it to its formats: ${[...known].join(', ')}.`,
    },
  );
}

/** Specs to packages, in a folder that any rpm-md client takes. */
export async function runPackages(context: Context, signal: AbortSignal): Promise<BuiltPackages> {
  const graph = await readGraph(context, signal);
  return await thenRefuseScanFailures(graph.failures, async () => {
    return await buildAndPublish(graph, await packageGoal(graph, context), context, signal);
  });
}

/** What could be built is published, also when something else could not. */
async function buildAndPublish(
  graph: DependencyGraph,
  goal: PlanGoal,
  context: Context,
  signal: AbortSignal,
): Promise<BuiltPackages> {
  const built = await buildGoal(graph, goal, context, signal);
  await publish(built, context, signal);
  refuseFailedBuilds(built);
  return built;
}

/** Specs to source packages: those named, those that the configuration needs, or all. */
export async function runSrpms(context: Context, signal: AbortSignal): Promise<readonly Srpm[]> {
  const graph = await readGraph(context, signal);
  return await thenRefuseScanFailures(graph.failures, async () => {
    const specs = [...new Set(await srpmGoal(graph, context, signal))].sort(byCodeUnit);
    return await packAll(
      specs.map((srpm) => graph.scans.get(srpm)!),
      context,
      signal,
    );
  });
}

/** Packing needs no other package: only a configuration asks for a plan. */
async function srpmGoal(
  graph: DependencyGraph,
  context: Context,
  signal: AbortSignal,
): Promise<readonly SrpmId[]> {
  const { packages, config } = context.settings;
  if (packages.length > 0) return packages.map((name) => findSrpm(graph, name));
  if (config === undefined) return [...graph.builds.keys()];
  const plan = await planGoal(graph, await packageGoal(graph, context), context, signal);
  return plan.builds.map(({ srpm }) => srpm);
}

/** Specs to the graph, and what of it a goal needs; nothing is fetched or built. */
export async function runPlan(
  context: Context,
  signal: AbortSignal,
): Promise<{ readonly graph: DependencyGraph; readonly plan: BuildPlan }> {
  const graph = await readGraph(context, signal);
  return { graph, plan: await planGoal(graph, await packageGoal(graph, context), context, signal) };
}

/** What the user named, with what the configuration installs; everything when he named nothing. */
export async function packageGoal(graph: DependencyGraph, context: Context): Promise<PlanGoal> {
  const { packages, config } = context.settings;
  const install = config === undefined ? [] : wantedPackages(await readImageConfig(context.settings));
  if (packages.length > 0 || config !== undefined) return { install, build: packages };
  return { install, build: [...graph.builds.values()].map(({ source }) => source.name).sort(byCodeUnit) };
}

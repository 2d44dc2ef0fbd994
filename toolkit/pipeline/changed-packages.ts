import type { LoadedImageConfig } from '../config/image.ts';
import { findPlaced, plain } from '../config/placed.ts';
import { resolutionTargets } from '../domain/answers/edges.ts';
import { isUnresolvedId } from '../domain/answers/node.ts';
import { ToolkitError, usageError } from '../domain/errors.ts';
import type { DependencyGraph } from '../domain/graph.ts';
import { resolveRequirement } from '../domain/graph-resolve.ts';
import type { ImageConfig } from '../domain/image.ts';
import type { RpmArtifact } from '../domain/package.ts';
import {
  formatReplacement,
  type PackageChanges,
  type PackageReplacement,
  planPackageChanges,
  replacements,
  type Updates,
} from '../domain/package-changes.ts';
import type { Context } from './context.ts';
import { readGraph, thenRefuseScanFailures } from './graph.ts';
import { type Available, solveInstall } from './install.ts';
import { type BuiltPackages, buildGoal, refuseFailedBuilds } from './packages.ts';

/** Keys of the user, which are no packages. */
const KEYS = 'gpg-pubkey';
const FOR_IMAGES = new Set(['local', 'server'] as const);

/** What an image that is changed is to have of packages. */
export interface ChangedPackages {
  /** Those to install. */
  readonly packages: readonly RpmArtifact[];
  /** Those that are installed, and stay as they are. */
  readonly kept: readonly RpmArtifact[];
  readonly replaced: readonly PackageReplacement[];
  readonly built: BuiltPackages | undefined;
}

/** `base.update` of a configuration, with the packages of its lists. */
export function updatesOf({
  placed,
  listedUpdates,
}: Pick<LoadedImageConfig, 'placed' | 'listedUpdates'>): Updates {
  const written = findPlaced(placed, 'base.update').map(({ found }) => plain(found));
  if (written.includes('all')) return 'all';
  const named = findPlaced(placed, 'base.update.*').map(({ found }) => String(plain(found)));
  return [...new Set([...listedUpdates.map(({ name }) => name), ...named])];
}

/**
 * Builds what the configuration names, and finds all that has to be installed beside, or in place of, what is there
 * (`installed`; undefined: nobody knows). Throws `IMAGE_NO_DATABASE`, `IMAGE_NOT_INSTALLED`, `IMAGE_DOWNGRADE`,
 * `IMAGE_PACKAGE_NEEDED`, `IMAGE_PACKAGE_VERSIONS` where only other versions of what is installed would do, and
 * `UNSOLVABLE`.
 */
export async function changePackages(
  config: ImageConfig,
  updates: Updates,
  installed: readonly RpmArtifact[] | undefined,
  context: Context,
  signal: AbortSignal,
): Promise<ChangedPackages> {
  const kept = keptPackages(config, updates, installed);
  const changes = planPackageChanges(kept, config.packages, updates);
  const built = await buildPackages(config, changes, updates, context, signal);
  const local = built === undefined ? [] : [...built.packages.values()].flat();
  const { packages, replaced } = replacements(
    kept,
    await solveChanges(config, changes, local, context, signal),
  );
  const wanted = packages.find(({ header }) => config.removePackages.includes(header.name));
  if (wanted !== undefined) {
    throw usageError(
      'IMAGE_PACKAGE_NEEDED',
      `${wanted.header.name} is to be removed, and other packages need it`,
      { hint: 'Remove those too, or leave it.' },
    );
  }
  const gone = new Set(replaced.map(({ before }) => before));
  return { packages, kept: kept.filter((one) => !gone.has(one)), replaced, built };
}

/** What is installed and not to be removed. */
function keptPackages(
  { packages, removePackages }: ImageConfig,
  updates: Updates,
  installed: readonly RpmArtifact[] | undefined,
): readonly RpmArtifact[] {
  if (installed === undefined) {
    if (packages.length === 0 && removePackages.length === 0 && updates.length === 0) return [];
    throw usageError('IMAGE_NO_DATABASE', 'the image has no rpm database: its packages cannot be changed', {
      hint: 'Make the image again, with rpm.database: keep.',
    });
  }
  const names = new Set(installed.map(({ header }) => header.name));
  const unknown = removePackages.filter((name) => !names.has(name));
  if (unknown.length > 0) {
    throw usageError('IMAGE_NOT_INSTALLED', `${unknown.join(', ')}: not installed in the image`, {
      hint: 'Take them out of removePackages.',
    });
  }
  return installed.filter(({ header }) => header.name !== KEYS && !removePackages.includes(header.name));
}

/** What is named has to come from somewhere; of all that is installed only what somebody has. */
async function buildPackages(
  { packages }: ImageConfig,
  { updated }: PackageChanges,
  updates: Updates,
  context: Context,
  signal: AbortSignal,
): Promise<BuiltPackages | undefined> {
  if (packages.length === 0 && updated.length === 0) return undefined;
  const graph = await readGraph(context, signal);
  const names = updated.map(({ header }) => header.name);
  const newer = updates === 'all' ? names.filter((name) => isProvided(name, graph)) : names;
  return await thenRefuseScanFailures(graph.failures, async () => {
    const goal = { install: [...packages, ...newer], build: context.settings.packages };
    const built = await buildGoal(graph, goal, context, signal);
    refuseFailedBuilds(built);
    return built;
  });
}

function isProvided(name: string, graph: DependencyGraph): boolean {
  const { resolution } = resolveRequirement(name, graph.index, graph.policy, FOR_IMAGES);
  return !resolutionTargets(resolution).some(({ to }) => isUnresolvedId(to));
}

async function solveChanges(
  config: ImageConfig,
  changes: PackageChanges,
  local: readonly RpmArtifact[],
  context: Context,
  signal: AbortSignal,
): Promise<readonly RpmArtifact[]> {
  const what = `the changed image ${config.name}`;
  const solveWith = async ({ staying, updated, wanted }: PackageChanges) => {
    const available: Available = { local, onSeedRoot: false, installed: staying, outdated: updated };
    return await solveInstall([...wanted, ...config.packages], what, available, context, signal);
  };
  try {
    return await solveWith(changes);
  } catch (error) {
    const isOwn = error instanceof ToolkitError && error.code === 'UNSOLVABLE' && changes.isFixed;
    const moved = isOwn ? await movedBy(changes.staying, config, solveWith) : [];
    throw moved.length === 0 ? error : versionsError(config, moved);
  }
}

/** What would have to be other versions, were that allowed. */
async function movedBy(
  staying: readonly RpmArtifact[],
  { packages }: ImageConfig,
  solveWith: (changes: PackageChanges) => Promise<readonly RpmArtifact[]>,
): Promise<readonly PackageReplacement[]> {
  const { wanted } = planPackageChanges(staying, packages, [], true);
  try {
    return replacements(staying, await solveWith({ staying, updated: [], wanted, isFixed: false })).replaced;
  } catch (error) {
    if (error instanceof ToolkitError && error.code === 'UNSOLVABLE') return [];
    throw error;
  }
}

function versionsError({ name }: ImageConfig, moved: readonly PackageReplacement[]): Error {
  const names = moved.map(({ before }) => before.header.name).join(', ');
  return usageError(
    'IMAGE_PACKAGE_VERSIONS',
    `${name}: the new packages need other versions of what is installed:\n  ${moved.map(formatReplacement).join('\n  ')}`,
    { hint: `Say so: base.update: [${names}]` },
  );
}

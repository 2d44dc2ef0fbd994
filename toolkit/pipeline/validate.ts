import { access } from 'node:fs/promises';
import { relative } from 'node:path';
import { type InspectedImageConfig, inspectImageConfig, invalidConfig } from '../config/image.ts';
import type { ConfigProblem } from '../config/image-document.ts';
import type { NamedPackage } from '../config/image-lists.ts';
import { problemOf } from '../config/placed.ts';
import { resolutionTargets } from '../domain/answers/edges.ts';
import { isUnresolvedId } from '../domain/answers/node.ts';
import type { DependencyGraph } from '../domain/graph.ts';
import { resolveRequirement } from '../domain/graph-resolve.ts';
import { nearestName } from '../domain/nearest.ts';
import type { Context } from './context.ts';
import { readGraph } from './graph.ts';
import type { Settings } from './settings.ts';

/** What is known of a configuration before anything is built. */
export interface Validation {
  /** As the user wrote it, from the checkout. */
  readonly file: string;
  /** What it asks for and `image` refuses. */
  readonly unmade: readonly ConfigProblem[];
  /** How many packages it names. */
  readonly packages: number;
  /** Whether it was asked who provides these. */
  readonly isAsked: boolean;
}

type ConfigSettings = Pick<Settings, 'checkout' | 'system' | 'release'>;

/** Reads a configuration for `concludeValidation`. Throws `CONFIG_NOT_FOUND`. */
export async function inspectConfig(
  file: string,
  { checkout, system, release }: ConfigSettings,
): Promise<InspectedImageConfig> {
  return await inspectImageConfig(relative(checkout, file), checkout, { system, release });
}

/** Whether there are specs that could provide what a configuration names. */
export async function hasSpecs({ specsDir }: Pick<Settings, 'specsDir'>): Promise<boolean> {
  return await access(specsDir).then(
    () => true,
    () => false,
  );
}

/** The packages of a configuration that neither a spec nor a package server provides. */
export async function unknownPackages(
  inspected: InspectedImageConfig,
  context: Context,
  signal: AbortSignal,
): Promise<readonly ConfigProblem[]> {
  return packageProblems(inspected.packages, await readGraph(context, signal));
}

/** An image is made of what is built and served; the seed root is not part of it. */
const FOR_IMAGES = new Set(['local', 'server'] as const);

/** Packages that nobody provides, each with the nearest name that somebody does. */
export function packageProblems(named: readonly NamedPackage[], graph: DependencyGraph): ConfigProblem[] {
  const known = [...graph.packages.values()].map(({ nevra }) => nevra.name);
  return named.flatMap(({ name, placed }) => {
    const { resolution } = resolveRequirement(name, graph.index, graph.policy, FOR_IMAGES);
    if (!resolutionTargets(resolution).some(({ to }) => isUnresolvedId(to))) return [];
    const nearest = nearestName(name, known);
    const advice = nearest === undefined ? '' : `; did you mean '${nearest}'?`;
    return [problemOf(placed, `nobody provides '${name}'${advice}`)];
  });
}

/** Throws `CONFIG_INVALID` with all that is wrong; `unknown` is undefined where nobody was asked. */
export function concludeValidation(
  file: string,
  inspected: InspectedImageConfig,
  unknown: readonly ConfigProblem[] | undefined,
  { checkout }: ConfigSettings,
): Validation {
  const { files, unmade, packages } = inspected;
  const problems = [...inspected.problems, ...(unknown ?? [])];
  if (problems.length > 0) throw invalidConfig({ problems, files, base: checkout });
  return {
    file: relative(checkout, file),
    unmade,
    packages: packages.length,
    isAsked: unknown !== undefined,
  };
}

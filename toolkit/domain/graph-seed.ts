import {
  type DependencyGraph,
  type PackageId,
  type Requirement,
  type Resolution,
  resolutionLeaves,
} from './graph.ts';
import type { ProviderIndex } from './graph-index.ts';
import type { Admission, ProviderPolicy } from './graph-providers.ts';
import { resolveRequirement } from './graph-resolve.ts';

/** How a Requires of an installed package resolves; where it does not matter which package, without it. */
export type RequiresResolution = (requirement: Requirement, package_?: PackageId) => Resolution;

/** What the packages of build roots take instead of what they would take elsewhere: by package and Requires. */
export type BuildRootOverrides = ReadonlyMap<PackageId, ReadonlyMap<string, Resolution>>;

/**
 * How Requires resolve inside a build root. The seed root is installed there already, so what it provides
 * brings nothing else in: a package whose script wants /bin/sh does not make the local shell a part of every
 * build root. (BuildRequires themselves prefer local packages.) Where a cycle was broken between packages,
 * what broke it is taken. The seed root never changes: its answers are remembered.
 */
export function inBuildRoot(
  index: ProviderIndex,
  policy: ProviderPolicy,
  overrides: BuildRootOverrides = new Map(),
): RequiresResolution {
  const seed = seedAnswers(index, policy);
  return (requirement, package_) =>
    overrides.get(package_ ?? '')?.get(requirement.text) ?? seed(requirement.text) ?? requirement.resolution;
}

/** `inBuildRoot` of a graph whose cycles are broken. */
export function inBuildRootOf({
  index,
  policy,
  buildRootOverrides,
}: Pick<DependencyGraph, 'index' | 'policy' | 'buildRootOverrides'>): RequiresResolution {
  return inBuildRoot(index, policy, buildRootOverrides);
}

/** How the seed root alone meets a dependency, or undefined. */
export function seedAnswers(
  index: ProviderIndex,
  policy: ProviderPolicy,
): (text: string) => Resolution | undefined {
  const known = new Map<string, Resolution | undefined>();
  return (text) => {
    if (!known.has(text)) {
      const { resolution } = resolveRequirement(text, index, policy, seedOnly);
      known.set(text, isSatisfied(resolution) ? resolution : undefined);
    }
    return known.get(text);
  };
}

const seedOnly: Admission = new Set(['seed']);

/** Conditional ones depend on what else is installed: they are left to the closure. */
function isSatisfied(resolution: Resolution): boolean {
  const leaves = resolutionLeaves(resolution);
  return resolution.kind !== 'if' && leaves.length > 0 && leaves.every(({ kind }) => kind === 'provided');
}

import { capabilityKind } from './capability.ts';
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

/** How a Requires of a package in a build root resolves; where it does not matter which one, without it. */
export type RequiresResolution = (requirement: Requirement, package_?: PackageId) => Resolution;

/** What the packages of build roots take instead of what they would take elsewhere: by package and Requires. */
export type BuildRootOverrides = ReadonlyMap<PackageId, ReadonlyMap<string, Resolution>>;

/**
 * How Requires resolve inside a build root: as `seedAnswers` says, then as everywhere. A package whose script
 * wants /bin/sh does not make the local shell a part of every build root. Where a cycle was broken between
 * packages, what broke it is taken.
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

/**
 * How Requires resolve in an image: nothing of the seed root gets into one, so that it answers only what nobody
 * else does, and then the install tells what is missing.
 */
export function inImageOf({
  index,
  policy,
}: Pick<DependencyGraph, 'index' | 'policy'>): (requirement: Requirement) => Resolution {
  return ({ text, resolution }) => {
    if (!resolutionLeaves(resolution).some(isOfSeed)) return resolution;
    const other = resolveRequirement(text, index, policy, packagesOnly).resolution;
    return resolutionLeaves(other).some(({ kind }) => kind === 'unresolved') ? resolution : other;
  };
}

function isOfSeed(leaf: Resolution): boolean {
  return leaf.kind === 'provided' && leaf.provider.kind === 'seed';
}

/**
 * How the seed root alone meets a dependency of a build root, or undefined. Programs that a build runs are the
 * seed root's, where it has them: they are there already, cannot be replaced while they run, and bring nothing
 * else in. What a build links is left to local packages and servers, unless the policy is `seedFirst`. The seed
 * root never changes: its answers are remembered.
 */
export function seedAnswers(
  index: ProviderIndex,
  policy: ProviderPolicy,
): (text: string) => Resolution | undefined {
  const known = new Map<string, Resolution | undefined>();
  return (text) => {
    if (!known.has(text)) {
      const { resolution } = resolveRequirement(text, index, policy, seedOnly);
      known.set(text, isSatisfied(resolution, policy) ? resolution : undefined);
    }
    return known.get(text);
  };
}

const seedOnly: Admission = new Set(['seed']);
const packagesOnly: Admission = new Set(['local', 'server', 'prebuilt']);

/** Conditional ones depend on what else is installed: they are left to the closure. */
function isSatisfied(resolution: Resolution, { seedFirst }: ProviderPolicy): boolean {
  const leaves = resolutionLeaves(resolution);
  return (
    resolution.kind !== 'if' &&
    leaves.length > 0 &&
    leaves.every((leaf) => leaf.kind === 'provided' && (seedFirst || !isLinked(leaf.capability)))
  );
}

/** The C library and what the compiler links into everything: always those that the compiler was made for. */
const TOOLCHAIN =
  /^(?:glibc|libstdc\+\+|libgcc|ld-linux|rtld|lib(?:c|m|mvec|dl|rt|pthread|resolv|util|anl|nsl|thread_db|nss_\w+|BrokenLocale|gcc_s|gomp|atomic|itm|quadmath|[atl]san|ubsan)\.so)/;

/**
 * Whether a capability, with its version or without, is of those that a build links or includes: a library,
 * its headers, its pkg-config module. A package of ours that provides one takes the place of the seed root's.
 */
export function isLinked(capability: string): boolean {
  const name = capability.split(' ', 1)[0]!;
  if (TOOLCHAIN.test(name)) {
    return false;
  }
  const kind = capabilityKind(name);
  if (kind === 'name') {
    return /^[^(]*-(?:devel|static)(?:\([\w-]+\))?$/.test(name);
  }
  return kind === 'soname' || kind === 'pkgconfig';
}

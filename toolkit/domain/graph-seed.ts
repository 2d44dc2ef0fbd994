import { type Requirement, type Resolution, resolutionLeaves } from './graph.ts';
import type { ProviderIndex, ProviderPolicy } from './graph-providers.ts';
import { resolveRequirement } from './graph-resolve.ts';

/** How a Requires of an installed package resolves. */
export type RequiresResolution = (requirement: Requirement) => Resolution;

/**
 * How Requires resolve inside a build root. The seed root is installed there already, so what it provides
 * brings nothing else in: a package whose script wants /bin/sh does not make the local shell a part of every
 * build root. (BuildRequires themselves prefer local packages.) Answers are remembered.
 */
export function inBuildRoot(index: ProviderIndex, policy: ProviderPolicy): RequiresResolution {
  const known = new Map<string, Resolution>();
  return (requirement) => {
    let found = known.get(requirement.text);
    if (found === undefined) {
      const { resolution } = resolveRequirement(requirement.text, index, policy, isSeed);
      found = isSatisfied(resolution) ? resolution : requirement.resolution;
      known.set(requirement.text, found);
    }
    return found;
  };
}

function isSeed({ provider }: { readonly provider: { readonly kind: string } }): boolean {
  return provider.kind === 'seed';
}

/** Conditional ones depend on what else is installed: they are left to the closure. */
function isSatisfied(resolution: Resolution): boolean {
  const leaves = resolutionLeaves(resolution);
  return resolution.kind !== 'if' && leaves.length > 0 && leaves.every(({ kind }) => kind === 'provided');
}

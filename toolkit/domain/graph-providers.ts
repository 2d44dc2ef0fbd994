import type { Capability } from './capability.ts';
import { satisfies } from './capability.ts';
import type { Evr } from './evr.ts';
import type { Provider } from './graph.ts';
import type { Candidate, ProviderIndex } from './graph-index.ts';
import { predictProviders } from './graph-predict.ts';
import { type Preference, preferenceOrder, whyPreferred } from './graph-preference.ts';

/** A package that is not made by a local spec. */
export interface PoolPackage {
  readonly name: string;
  readonly evr: Evr;
  /** As rpm writes them. */
  readonly provides: readonly string[];
  /** Paths, as far as they are known. */
  readonly files: readonly string[];
}

/** Packages of one package server, or what the seed root has. A lower priority number is preferred. */
export type ProviderPool =
  | {
      readonly kind: 'server';
      readonly repository: string;
      readonly priority: number;
      readonly packages: readonly PoolPackage[];
    }
  | { readonly kind: 'seed'; readonly packages: readonly PoolPackage[] };

/** Whom to prefer; `preferences` has the order. */
export interface ProviderPolicy {
  /** Take everything that servers have from there (no rebuild). */
  readonly preferServers: boolean;
  /**
   * Names of packages that are taken from servers or the seed root although there is a spec. One that nobody
   * has is built all the same, unless that is a cycle: then it is asked for (see `breakCycles`).
   */
  readonly prebuilt: ReadonlySet<string>;
  /** Build roots take from the seed root all that it has, libraries and their headers too. */
  readonly seedFirst: boolean;
  /** The name of the package that is to provide a capability, by the name of the capability. */
  readonly preferred: ReadonlyMap<string, string>;
}

export const defaultPolicy: ProviderPolicy = {
  preferServers: false,
  prebuilt: new Set(),
  seedFirst: false,
  preferred: new Map(),
};

/** Where providers may be from; others count as not there. All, where it is undefined. */
export type Admission = ReadonlySet<Provider['kind']> | undefined;

/** Everything that satisfies a capability or is expected to, best first by the policy. */
export function findProviders(
  index: ProviderIndex,
  policy: ProviderPolicy,
  wanted: Capability,
): readonly Candidate[] {
  const found = [...statedProviders(index, wanted), ...predictProviders(index, wanted)];
  return found.sort(preferenceOrder(index, policy, wanted.name));
}

/** The best of all that are admitted; spares the predictions where they would not matter. */
export function bestProvider(
  index: ProviderIndex,
  policy: ProviderPolicy,
  wanted: Capability,
  admit: Admission,
): Candidate | undefined {
  const stated = statedProviders(index, wanted).filter((one) => isAdmitted(one, admit));
  if (
    (admit === undefined || admit.has('local')) &&
    (stated.length === 0 || policy.preferred.has(wanted.name))
  ) {
    stated.push(...predictProviders(index, wanted));
  }
  if (stated.length < 2) {
    return stated[0];
  }
  const order = preferenceOrder(index, policy, wanted.name);
  return stated.reduce((best, one) => (order(one, best) < 0 ? one : best));
}

export function isAdmitted({ provider }: Candidate, admit: Admission): boolean {
  return admit === undefined || admit.has(provider.kind);
}

function statedProviders(index: ProviderIndex, wanted: Capability): Candidate[] {
  return (index.byName.get(wanted.name) ?? []).filter(({ capability }) => satisfies(capability, wanted));
}

/** A provider, and what ranks it before the next one in the list. */
export interface RankedProvider {
  readonly candidate: Candidate;
  readonly because: Preference | undefined;
}

/** Everything that satisfies a capability or is expected to, best first, with the reasons of the order. */
export function rankProviders(
  index: ProviderIndex,
  policy: ProviderPolicy,
  wanted: Capability,
): readonly RankedProvider[] {
  const found = findProviders(index, policy, wanted);
  return found.map((candidate, at) => {
    const next = found[at + 1];
    return {
      candidate,
      because: next && whyPreferred(index, policy, wanted.name, candidate, next),
    };
  });
}

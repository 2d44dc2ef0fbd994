import type { Capability } from './capability.ts';
import { parseCapability, satisfies } from './capability.ts';
import type { Evr } from './evr.ts';
import { compareEvr } from './evr.ts';
import type { Provider } from './graph.ts';
import { globToRegExp, literalFolder } from './graph-glob.ts';

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

/**
 * Whom to prefer. By default: local specs, then package servers by priority, then the seed root; among
 * equals a package that no other local one obsoletes, the one whose name is the capability's, the highest
 * EVR, the first name, the first spec.
 */
export interface ProviderPolicy {
  /** Take everything that servers have from there (no rebuild). */
  readonly preferServers: boolean;
  /** Names of packages that are taken from servers or the seed root although there is a spec. */
  readonly prebuilt: ReadonlySet<string>;
}

export interface Candidate {
  readonly provider: Provider;
  readonly name: string;
  readonly evr: Evr;
  readonly priority: number;
  readonly capability: Capability;
}

/** Who provides what. Never changed in place. */
export interface ProviderIndex {
  readonly byName: ReadonlyMap<string, readonly Candidate[]>;
  /** Globs of %files, by their literal folder. */
  readonly globs: ReadonlyMap<string, readonly { readonly pattern: RegExp; readonly candidate: Candidate }[]>;
  /** Ids of local packages that another local package obsoletes. */
  readonly obsoleted: ReadonlySet<string>;
}

/** A package to be indexed. */
export interface IndexedPackage {
  readonly provider: Provider;
  readonly name: string;
  readonly evr: Evr;
  readonly priority: number;
  readonly provides: readonly string[];
  readonly files: readonly string[];
}

export const emptyIndex: ProviderIndex = { byName: new Map(), globs: new Map(), obsoleted: new Set() };

/** The index with `removed` (local SRPM) taken out and `added` put in. */
export function updateIndex(
  index: ProviderIndex,
  added: Iterable<IndexedPackage>,
  removedSrpm: string | undefined,
  obsoleted: ReadonlySet<string>,
): ProviderIndex {
  const byName = new Map<string, Candidate[]>();
  const globs = new Map<string, { pattern: RegExp; candidate: Candidate }[]>();
  const stays = ({ provider }: Candidate) => provider.kind !== 'local' || provider.srpm !== removedSrpm;
  for (const [name, candidates] of index.byName) {
    byName.set(name, candidates.filter(stays));
  }
  for (const [folder, entries] of index.globs) {
    globs.set(
      folder,
      entries.filter(({ candidate }) => stays(candidate)),
    );
  }
  for (const { provides, files, ...about } of added) {
    for (const text of provides) {
      const capability = parseCapability(text);
      push(byName, capability.name, { ...about, capability });
    }
    for (const path of files) {
      const candidate = { ...about, capability: { name: path } };
      const pattern = globToRegExp(path);
      if (pattern === undefined) {
        push(byName, path, candidate);
      } else {
        push(globs, literalFolder(path), { pattern, candidate });
      }
    }
  }
  return { byName, globs, obsoleted };
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) {
    map.set(key, [value]);
  } else {
    list.push(value);
  }
}

/** Everything that satisfies a capability, best first by the policy. */
export function findProviders(
  index: ProviderIndex,
  policy: ProviderPolicy,
  wanted: Capability,
): readonly Candidate[] {
  const found = (index.byName.get(wanted.name) ?? []).filter(({ capability }) =>
    satisfies(capability, wanted),
  );
  if (wanted.name.startsWith('/')) {
    found.push(...matchGlobs(index, wanted.name));
  }
  return found.length < 2 ? found : found.sort(byPreference(index, policy, wanted.name));
}

function matchGlobs(index: ProviderIndex, path: string): readonly Candidate[] {
  const found: Candidate[] = [];
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
    for (const { pattern, candidate } of index.globs.get(path.slice(0, at + 1)) ?? []) {
      if (pattern.test(path)) {
        found.push(candidate);
      }
    }
  }
  return found;
}

function byPreference(index: ProviderIndex, policy: ProviderPolicy, name: string) {
  return (a: Candidate, b: Candidate): number =>
    originRank(a, policy) - originRank(b, policy) ||
    a.priority - b.priority ||
    Number(isObsoleted(index, a)) - Number(isObsoleted(index, b)) ||
    Number(b.name === name) - Number(a.name === name) ||
    compareEvr(b.evr, a.evr) ||
    compareText(a.name, b.name) ||
    compareText(providerKey(a.provider), providerKey(b.provider));
}

/** 0 is best. */
export function originRank(candidate: Pick<Candidate, 'provider' | 'name'>, policy: ProviderPolicy): number {
  switch (candidate.provider.kind) {
    case 'local':
      return policy.prebuilt.has(candidate.name) ? 4 : policy.preferServers ? 2 : 1;
    case 'server':
      return policy.preferServers ? 1 : 2;
    case 'seed':
      return 3;
  }
}

function isObsoleted(index: ProviderIndex, { provider }: Candidate): boolean {
  return provider.kind === 'local' && index.obsoleted.has(provider.package);
}

/** One text for each provider. */
export function providerKey(provider: Provider): string {
  return provider.kind === 'server' ? `${provider.repository}/${provider.package}` : provider.package;
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

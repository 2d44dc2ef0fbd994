import { compareEvr } from './evr.ts';
import type { Provider } from './graph.ts';
import type { Candidate, ProviderIndex } from './graph-index.ts';
import type { ProviderPolicy } from './graph-providers.ts';
import { predictionRank } from './prediction.ts';
import { byCodeUnit } from './text.ts';

/** Why one provider is ranked before another. */
export type Preference =
  | 'preferred'
  | 'stated'
  | 'origin'
  | 'priority'
  | 'obsoleted'
  | 'own-name'
  | 'prediction'
  | 'version'
  | 'name'
  | 'spec';

interface Context {
  readonly index: ProviderIndex;
  readonly policy: ProviderPolicy;
  /** Name of the capability. */
  readonly name: string;
}

type Criterion = (a: Candidate, b: Candidate, context: Context) => number;

/** What decides, in this order: the first that tells two candidates apart. Negative: `a` is better. */
const preferences: readonly (readonly [Preference, Criterion])[] = [
  [
    'preferred',
    (a, b, { policy, name }) => {
      const wanted = policy.preferred.get(name);
      return Number(b.name === wanted) - Number(a.name === wanted);
    },
  ],
  ['stated', (a, b) => Number(a.predicted !== undefined) - Number(b.predicted !== undefined)],
  ['origin', (a, b, { index, policy }) => originRank(a, index, policy) - originRank(b, index, policy)],
  ['priority', (a, b, { policy }) => priorityOf(a, policy) - priorityOf(b, policy)],
  ['obsoleted', (a, b, { index }) => Number(isObsoleted(index, a)) - Number(isObsoleted(index, b))],
  ['own-name', (a, b, { name }) => Number(b.name === name) - Number(a.name === name)],
  ['prediction', (a, b) => predictionRank(a.predicted) - predictionRank(b.predicted)],
  ['version', (a, b) => compareEvr(b.evr, a.evr)],
  ['name', (a, b) => byCodeUnit(a.name, b.name)],
  ['spec', (a, b) => byCodeUnit(providerKey(a.provider), providerKey(b.provider))],
];

/** Orders those who provide the capability of this name, best first. */
export function preferenceOrder(
  index: ProviderIndex,
  policy: ProviderPolicy,
  name: string,
): (a: Candidate, b: Candidate) => number {
  const context = { index, policy, name };
  return (a, b) => {
    for (const [, criterion] of preferences) {
      const sign = criterion(a, b, context);
      if (sign !== 0) {
        return sign;
      }
    }
    return 0;
  };
}

/** What ranks `better` before `worse`; undefined where nothing does, that is for two of one package. */
export function whyPreferred(
  index: ProviderIndex,
  policy: ProviderPolicy,
  name: string,
  better: Candidate,
  worse: Candidate,
): Preference | undefined {
  const context = { index, policy, name };
  return preferences.find(([, criterion]) => criterion(better, worse, context) !== 0)?.[0];
}

/** Where a provider is from, as a number; the lower, the better. */
export function originRank(
  { provider, name }: Pick<Candidate, 'provider' | 'name'>,
  index: ProviderIndex,
  policy: ProviderPolicy,
): number {
  switch (provider.kind) {
    case 'local':
      return policy.prebuilt.has(name) && isElsewhere(index, name) ? 4 : policy.preferServers ? 2 : 1;
    case 'server':
      return policy.preferServers || policy.prebuilt.has(name) ? 1 : 2;
    case 'seed':
      return 3;
    case 'prebuilt':
      return 5;
  }
}

/** Whether a package server or the seed root has a package that goes by this name. */
function isElsewhere(index: ProviderIndex, name: string): boolean {
  return (index.byName.get(name) ?? []).some(({ provider }) => provider.kind !== 'local');
}

/** What is named prebuilt stands in the place of what is local. */
function priorityOf({ provider, name, priority }: Candidate, policy: ProviderPolicy): number {
  return provider.kind === 'server' && policy.prebuilt.has(name) ? 0 : priority;
}

function isObsoleted(index: ProviderIndex, { provider }: Candidate): boolean {
  return provider.kind === 'local' && index.obsoleted.has(provider.package);
}

/** One text for each provider. */
export function providerKey(provider: Provider): string {
  return provider.kind === 'server' ? `${provider.repository}/${provider.package}` : provider.package;
}

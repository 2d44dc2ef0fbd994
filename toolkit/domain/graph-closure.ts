import type { Capability } from './capability.ts';
import type { DependencyGraph, PackageId, Provider, Requirement, Resolution } from './graph.ts';
import type { Candidate } from './graph-index.ts';
import { providerKey } from './graph-preference.ts';
import { findProviders } from './graph-providers.ts';
import type { RequiresResolution } from './graph-seed.ts';
import { isRich, isSatisfied, parseDependency } from './richdep.ts';

type Provided = Extract<Resolution, { kind: 'provided' }>;

/** A capability that comes from outside the local specs, and who wants it (in order of discovery). */
interface ExternalNeed {
  readonly provider: Exclude<Provider, { kind: 'local' }>;
  readonly capability: string;
  readonly wantedBy: ReadonlySet<string>;
}

/** All that is installed when some packages are. */
export interface RunClosure {
  /** Local packages. */
  readonly packages: ReadonlySet<PackageId>;
  /** What package servers and the seed root have to give. */
  readonly external: readonly ExternalNeed[];
  /** Capabilities that nobody provides, with who wants them. */
  readonly unresolved: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface ClosureOptions {
  /** How a requirement resolves where the packages are to be installed. */
  readonly resolve?: RequiresResolution;
  /** What is there before anything is installed. */
  readonly isInstalled?: (candidate: Candidate) => boolean;
  /**
   * What more than one package provides is left to the end, and nothing is added where one of them came in
   * for another reason: an image with busybox has its /bin/sh, however good a shell there is beside it.
   */
  readonly settlesForPresent?: boolean;
}

/**
 * Follows Requires from `requirements` (wanted by `wantedBy`) until nothing is added. Conditional dependencies
 * are decided by what the set itself holds and what is installed there already, repeated until it is stable.
 */
export function runClosure(
  graph: Pick<DependencyGraph, 'packages' | 'index' | 'policy'>,
  requirements: readonly Requirement[],
  wantedBy: string,
  {
    resolve = ({ resolution }) => resolution,
    isInstalled = () => false,
    settlesForPresent = false,
  }: ClosureOptions = {},
): RunClosure {
  const packages = new Set<PackageId>();
  const external = new Map<string, ExternalNeed & { wantedBy: Set<string> }>();
  const presentKeys = new Set<string>();
  const unresolved = new Map<string, Set<string>>();
  const conditions: { readonly resolution: Extract<Resolution, { kind: 'if' }>; readonly by: string }[] = [];
  const taken = new Set<Resolution>();
  const choices: { readonly resolution: Provided; readonly wanted: Capability; readonly by: string }[] = [];
  const queue: PackageId[] = [];

  const add = (resolution: Resolution, by: string): void => {
    switch (resolution.kind) {
      case 'unresolved':
        unresolved.set(resolution.capability, (unresolved.get(resolution.capability) ?? new Set()).add(by));
        return;
      case 'all':
        for (const part of resolution.of) {
          add(part, by);
        }
        return;
      case 'if':
        conditions.push({ resolution, by });
        return;
      case 'provided': {
        const wanted = settlesForPresent ? choiceOf(resolution) : undefined;
        if (wanted === undefined) {
          take(resolution, by);
        } else {
          choices.push({ resolution, wanted, by });
        }
      }
    }
  };
  const take = ({ provider, capability }: Provided, by: string): void => {
    presentKeys.add(providerKey(provider));
    if (provider.kind !== 'local') {
      const key = `${providerKey(provider)} ${capability}`;
      const entry = external.get(key) ?? { provider, capability, wantedBy: new Set<string>() };
      external.set(key, entry);
      entry.wantedBy.add(by);
    } else if (!packages.has(provider.package)) {
      packages.add(provider.package);
      queue.push(provider.package);
    }
  };
  /** The capability, where more than one package provides it. */
  const choiceOf = ({ capability }: Provided): Capability | undefined => {
    const wanted = parseDependency(capability);
    if (isRich(wanted)) return undefined;
    return findProviders(graph.index, graph.policy, wanted).length > 1 ? wanted : undefined;
  };
  const drain = (): void => {
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      for (const requirement of graph.packages.get(id)?.requirements ?? []) {
        add(resolve(requirement, id), id);
      }
    }
  };
  // What the seed root is asked for does not bring in the rest of it.
  const isPresent = (provider: Provider): boolean =>
    provider.kind !== 'seed' && presentKeys.has(providerKey(provider));
  const present = (capability: Capability): ReadonlySet<string> =>
    new Set(
      findProviders(graph.index, graph.policy, capability)
        .filter((one) => isInstalled(one) || isPresent(one.provider))
        .map(({ provider }) => providerKey(provider)),
    );
  const settleConditions = (): void => {
    for (let changed = true; changed; ) {
      changed = false;
      for (const { resolution, by } of conditions.slice()) {
        const branch = isSatisfied(resolution.condition, present) ? resolution.holds : resolution.otherwise;
        if (branch !== undefined && !taken.has(branch)) {
          taken.add(branch);
          add(branch, by);
          changed = true;
        }
      }
      drain();
    }
  };

  for (const { resolution } of requirements) {
    add(resolution, wantedBy);
  }
  drain();
  settleConditions();
  for (let choice = choices.shift(); choice !== undefined; choice = choices.shift()) {
    if (present(choice.wanted).size === 0) {
      take(choice.resolution, choice.by);
      drain();
      settleConditions();
    }
  }
  return { packages, external: [...external.values()], unresolved };
}

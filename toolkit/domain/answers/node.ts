import type { CapabilityKind } from '../capability.ts';
import { capabilityKind } from '../capability.ts';
import type { DependencyGraph, Provider } from '../graph.ts';
import { formatNevra, type SpecScanFailure } from '../spec.ts';

/** Something that answers speak of. `id` is unique in a graph and the same in every run. */
export type AnswerNode =
  | { readonly kind: 'goal'; readonly id: 'goal'; readonly name: string }
  | { readonly kind: 'build'; readonly id: string; readonly name: string; readonly nevra: string }
  | {
      readonly kind: 'package';
      readonly id: string;
      readonly name: string;
      readonly nevra: string;
      readonly spec: string;
    }
  | { readonly kind: 'server'; readonly id: string; readonly name: string; readonly repository: string }
  /** To be had from somewhere: the profile says that this package comes prebuilt, and no server has it. */
  | { readonly kind: 'prebuilt'; readonly id: string; readonly name: string }
  | {
      readonly kind: 'seed';
      readonly id: string;
      /** The capability that the seed root provides. */
      readonly name: string;
    }
  | {
      readonly kind: 'unresolved';
      readonly id: string;
      /** The capability that nobody provides. */
      readonly name: string;
      readonly capabilityKind: CapabilityKind;
    }
  | {
      readonly kind: 'failed';
      readonly id: string;
      readonly name: string;
      readonly error: SpecScanFailure['error'];
    };

/** The node where every chain starts. */
export const GOAL = 'goal';

// Paths of specs are relative and never hold two slashes in a row: no local id is like one of these.
const SERVER = 'server://';
const PREBUILT = 'prebuilt://';
const SEED = 'seed://';
const NOBODY = 'nobody://';

/**
 * The node id of whoever provides a capability. The seed root is no package that somebody chose: what it
 * gives is told capability by capability.
 */
export function providerId(provider: Provider, capability: string): string {
  switch (provider.kind) {
    case 'local':
      return provider.package;
    case 'server':
      return `${SERVER}${provider.repository}/${provider.package}`;
    case 'prebuilt':
      return `${PREBUILT}${provider.package}`;
    case 'seed':
      return `${SEED}${capability.startsWith('(') ? capability : capability.split(' ', 1)[0]}`;
  }
}

/** The node id of a capability that nobody provides. */
export function unresolvedId(capability: string): string {
  return `${NOBODY}${capability}`;
}

/** Whether an id is that of a capability that nobody provides. */
export function isUnresolvedId(id: string): boolean {
  return id.startsWith(NOBODY);
}

type Nodes = Pick<DependencyGraph, 'builds' | 'packages' | 'failures'>;

/** The node of an id. Throws on an id that no node of the graph has. */
export function nodeOf({ builds, packages, failures }: Nodes, id: string, goal = GOAL): AnswerNode {
  if (id === GOAL) return { kind: 'goal', id, name: goal };
  const build = builds.get(id);
  if (build !== undefined) {
    const nevra = formatNevra({ ...build.source, arch: 'src' });
    return { kind: 'build', id, name: build.source.name, nevra };
  }
  const package_ = packages.get(id);
  if (package_ !== undefined) {
    const { nevra, srpm } = package_;
    return { kind: 'package', id, name: nevra.name, nevra: formatNevra(nevra), spec: srpm };
  }
  if (id.startsWith(SERVER)) {
    const rest = id.slice(SERVER.length);
    const slash = rest.lastIndexOf('/');
    return { kind: 'server', id, name: rest.slice(slash + 1), repository: rest.slice(0, slash) };
  }
  if (id.startsWith(PREBUILT)) return { kind: 'prebuilt', id, name: id.slice(PREBUILT.length) };
  if (id.startsWith(SEED)) return { kind: 'seed', id, name: id.slice(SEED.length) };
  if (isUnresolvedId(id)) {
    const name = id.slice(NOBODY.length);
    return { kind: 'unresolved', id, name, capabilityKind: capabilityKind(name.split(' ', 1)[0]!) };
  }
  const failure = failures.find(({ spec }) => spec === id);
  if (failure === undefined) throw new Error(`not in the graph: ${id}`);
  return { kind: 'failed', id, name: id, error: failure.error };
}

/** The nodes of these ids, each once, sorted by id. */
export function nodesOf(graph: Nodes, ids: Iterable<string>, goal = GOAL): readonly AnswerNode[] {
  return [...new Set(ids)].sort().map((id) => nodeOf(graph, id, goal));
}

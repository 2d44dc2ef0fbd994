import { usageError } from '../errors.ts';
import type { DependencyGraph, SrpmId } from '../graph.ts';
import { resolveRequirement } from '../graph-resolve.ts';
import { nearestName } from '../nearest.ts';
import { formatNevra, type Nevra } from '../spec.ts';
import { resolutionTargets } from './edges.ts';
import { isUnresolvedId, providerId, unresolvedId } from './node.ts';

/** What a user's word stands for. */
export interface Subject {
  /** The word itself. */
  readonly asked: string;
  readonly as: 'spec' | 'package' | 'capability' | 'prebuilt' | 'unresolved';
  /** Ids of nodes; at least one. Of a spec: the build and all packages that it makes. */
  readonly ids: readonly string[];
}

/**
 * Finds what a word names: a spec (its path or the name of its source package), a package or a NEVRA of
 * one, a package of a package server, or a capability, rich ones too. A name that is both
 * is the spec's. Throws `PACKAGE_UNKNOWN` with the nearest name, and `SPECS_INVALID` for a spec that could
 * not be read.
 */
export function findSubject(graph: DependencyGraph, word: string): Subject {
  const asked = word.trim();
  const subject =
    findSpec(graph, asked) ??
    findPackage(graph, asked) ??
    findCapability(graph, asked) ??
    findPrebuilt(graph, asked);
  if (subject !== undefined) return subject;
  refuseFailedSpec(graph, asked);
  const nearest = nearestName(asked, knownNames(graph));
  throw usageError('PACKAGE_UNKNOWN', `nothing here is called ${asked}, and nobody provides it`, {
    hint:
      nearest === undefined
        ? 'Name a spec, a package, a NEVRA or a capability such as pkgconfig(zlib).'
        : `Did you mean ${nearest}?`,
  });
}

/** The source packages that a word stands for; empty when it is nothing of a local spec. */
export function srpmsOf(graph: DependencyGraph, { ids }: Subject): readonly SrpmId[] {
  const srpms = ids.flatMap((id) => (graph.builds.has(id) ? id : (graph.packages.get(id)?.srpm ?? [])));
  return [...new Set(srpms)].sort();
}

function findSpec({ builds }: DependencyGraph, asked: string): Subject | undefined {
  const found = [...builds.values()].filter(
    ({ id, source }) =>
      id === asked || source.name === asked || namesNevra({ ...source, arch: 'src' }, asked),
  );
  const ids = found.flatMap(({ id, packages }) => [id, ...packages]);
  return ids.length === 0 ? undefined : { asked, as: 'spec', ids };
}

function findPackage({ packages }: DependencyGraph, asked: string): Subject | undefined {
  const ids = [...packages.values()]
    .filter(({ id, nevra }) => id === asked || nevra.name === asked || namesNevra(nevra, asked))
    .map(({ id }) => id);
  return ids.length === 0 ? undefined : { asked, as: 'package', ids };
}

/** `name-[epoch:]version[-release[.arch]]`, with or without the epoch. */
function namesNevra(nevra: Nevra, asked: string): boolean {
  if (!asked.startsWith(`${nevra.name}-`)) return false;
  return [nevra, { ...nevra, epoch: 0 }].some((one) => {
    const full = formatNevra(one);
    const withoutArch = full.slice(0, -nevra.arch.length - 1);
    return (
      asked === full || asked === withoutArch || asked === withoutArch.slice(0, -nevra.release.length - 1)
    );
  });
}

function findCapability(graph: DependencyGraph, asked: string): Subject | undefined {
  if (asked === '') return undefined;
  const { resolution } = resolveRequirement(asked, graph.index, graph.policy);
  const ids = [...new Set(resolutionTargets(resolution).map(({ to }) => to))];
  const isProvided = ids.length > 0 && !ids.some(isUnresolvedId);
  if (isProvided) return { asked, as: 'capability', ids };
  const wanted = graph.unresolved.filter(
    ({ capability }) => capability === asked || capability.split(' ', 1)[0] === asked,
  );
  return wanted.length === 0
    ? undefined
    : { asked, as: 'unresolved', ids: wanted.map(({ capability }) => unresolvedId(capability)) };
}

/** A package of a server that is called so, though it may not say that it provides its name. */
function findPrebuilt(graph: DependencyGraph, asked: string): Subject | undefined {
  for (const candidates of graph.index.byName.values()) {
    const found = candidates.find(({ provider }) => provider.kind === 'server' && provider.package === asked);
    if (found?.provider.kind === 'server') {
      return { asked, as: 'prebuilt', ids: [providerId(found.provider, asked)] };
    }
  }
  return undefined;
}

function refuseFailedSpec({ failures }: DependencyGraph, asked: string): void {
  const failure = failures.find(({ spec }) => spec === asked || specName(spec) === asked);
  if (failure === undefined) return;
  const { file, line, message } = failure.error;
  throw usageError(
    'SPECS_INVALID',
    `${asked} could not be read: ${file}${line === null ? '' : `:${line}`}: ${message}`,
  );
}

/** `a/zlib.spec` is called zlib until it can be read. */
export function specName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.spec$/, '');
}

/** A name longer than this is nobody's typo. */
const LONGEST = 200;

function knownNames({ builds, packages, unresolved }: DependencyGraph): readonly string[] {
  const names = [
    ...[...builds.values()].map(({ source }) => source.name),
    ...[...packages.values()].map(({ nevra }) => nevra.name),
    ...unresolved.map(({ capability }) => capability),
  ];
  return names.filter(({ length }) => length <= LONGEST);
}

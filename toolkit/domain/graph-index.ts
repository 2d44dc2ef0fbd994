import type { Capability } from './capability.ts';
import { parseCapability } from './capability.ts';
import type { Evr } from './evr.ts';
import type { Provider } from './graph.ts';
import { Glob, globPlace, isGlob } from './graph-glob.ts';
import { LayeredMap, ListDraft } from './layered-map.ts';
import { foldName, type PredictionRule } from './prediction.ts';
import { expectedFromFiles, expectedFromSource } from './prediction-files.ts';

/** A package to be indexed. */
export interface IndexedPackage {
  readonly provider: Provider;
  readonly name: string;
  readonly evr: Evr;
  readonly priority: number;
  readonly provides: readonly string[];
  readonly files: readonly string[];
  /** Of a package that is not built yet: what its spec and the archives of it are called. */
  readonly unbuilt: { readonly name: string; readonly urls: readonly string[] } | undefined;
}

/** Someone who provides a capability. */
export interface Candidate {
  readonly provider: Provider;
  readonly name: string;
  readonly evr: Evr;
  readonly priority: number;
  readonly capability: Capability;
  /** By which rule this is expected of a package that is not built yet and does not state it. */
  readonly predicted: PredictionRule | undefined;
}

interface GlobEntry {
  readonly glob: Glob;
  readonly package: IndexedPackage;
}

/** What is expected of a package; the capability has the key of the expectation for its name. */
interface ExpectedEntry {
  readonly package: IndexedPackage;
  readonly rule: PredictionRule;
  readonly version: Evr | undefined;
}

/** Who provides what. Never changed in place. */
export interface ProviderIndex {
  readonly byName: LayeredMap<string, readonly Candidate[]>;
  /** Globs of %files, by `globPlace`. */
  readonly globs: LayeredMap<string, readonly GlobEntry[]>;
  /** Packages that are not built yet, by folded name. */
  readonly unbuilt: LayeredMap<string, readonly IndexedPackage[]>;
  /** What is expected of them, by key. */
  readonly expected: LayeredMap<string, readonly ExpectedEntry[]>;
  /** Ids of local packages that another local package obsoletes. */
  readonly obsoleted: ReadonlySet<string>;
}

export const emptyIndex: ProviderIndex = {
  byName: new LayeredMap(new Map()),
  globs: new LayeredMap(new Map()),
  unbuilt: new LayeredMap(new Map()),
  expected: new LayeredMap(new Map()),
  obsoleted: new Set(),
};

/** The index with `removed` taken out and `added` put in. */
export function updateIndex(
  index: ProviderIndex,
  removed: readonly IndexedPackage[],
  added: readonly IndexedPackage[],
  obsoleted: ReadonlySet<string>,
): ProviderIndex {
  const byName = new ListDraft(index.byName);
  const globs = new ListDraft(index.globs);
  const unbuilt = new ListDraft(index.unbuilt);
  const expected = new ListDraft(index.expected);
  const gone = new Set(removed.map(({ provider }) => provider.package));
  const isGone = (provider: Provider) => provider.kind === 'local' && gone.has(provider.package);
  for (const package_ of removed) {
    for (const [name] of stated(package_)) {
      byName.remove(name, (candidate) => isGone(candidate.provider));
    }
    for (const [place] of globbed(package_)) {
      globs.remove(place, (entry) => isGone(entry.package.provider));
    }
    if (package_.unbuilt !== undefined) {
      unbuilt.remove(foldName(package_.name), (other) => isGone(other.provider));
      for (const [key] of expectations(package_)) {
        expected.remove(key, (entry) => isGone(entry.package.provider));
      }
    }
  }
  for (const package_ of added) {
    for (const [name, capability] of stated(package_)) {
      byName.add(name, candidateOf(package_, capability, undefined));
    }
    for (const [place, entry] of globbed(package_)) {
      globs.add(place, entry);
    }
    if (package_.unbuilt !== undefined) {
      unbuilt.add(foldName(package_.name), package_);
      for (const [key, entry] of expectations(package_)) {
        expected.add(key, entry);
      }
    }
  }
  return {
    byName: byName.done(),
    globs: globs.done(),
    unbuilt: unbuilt.done(),
    expected: expected.done(),
    obsoleted,
  };
}

/** A package as someone who provides a capability. */
export function candidateOf(
  { provider, name, evr, priority }: IndexedPackage,
  capability: Capability,
  predicted: PredictionRule | undefined,
): Candidate {
  return { provider, name, evr, priority, capability, predicted };
}

function* stated({ provides, files }: IndexedPackage): Generator<[string, Capability]> {
  for (const text of provides) {
    const capability = parseCapability(text);
    yield [capability.name, capability];
  }
  for (const path of files) {
    if (!isGlob(path)) {
      yield [path, { name: path }];
    }
  }
}

function* globbed(package_: IndexedPackage): Generator<[string, GlobEntry]> {
  for (const entry of package_.files) {
    if (isGlob(entry)) {
      yield [globPlace(entry), { glob: new Glob(entry), package: package_ }];
    }
  }
}

function* expectations(package_: IndexedPackage): Generator<[string, ExpectedEntry]> {
  const all = [...expectedFromFiles(package_), ...expectedFromSource(package_, package_.unbuilt!)];
  for (const { key, rule, version } of all) {
    yield [key, { package: package_, rule, version }];
  }
}

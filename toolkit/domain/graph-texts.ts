import { parseCapability } from './capability.ts';
import type { Requirement, Resolution } from './graph.ts';
import { resolutionLeaves } from './graph.ts';
import { Glob, isGlob } from './graph-glob.ts';
import type { IndexedPackage } from './graph-index.ts';
import { LayeredMap, ListDraft } from './layered-map.ts';
import { namesOf, parseDependency } from './richdep.ts';

/** Every dependency text of a graph. */
export interface DependencyTexts {
  /** How each resolves where no cycle is broken. */
  readonly requirements: LayeredMap<string, Requirement>;
  /** Ids of the nodes that have it. */
  readonly wanters: LayeredMap<string, readonly string[]>;
  /** Texts by the names of capabilities in them. */
  readonly naming: LayeredMap<string, readonly string[]>;
  /** The names that are paths. */
  readonly paths: ReadonlySet<string>;
  /** Texts that lead to anything but one package that states the capability. */
  readonly unsure: ReadonlySet<string>;
}

export const noTexts: DependencyTexts = {
  requirements: new LayeredMap(new Map()),
  wanters: new LayeredMap(new Map()),
  naming: new LayeredMap(new Map()),
  paths: new Set(),
  unsure: new Set(),
};

/** The id of a node and its dependency texts, each once. */
export interface NodeTexts {
  readonly id: string;
  readonly texts: readonly string[];
}

export interface TextsChange {
  readonly removed: readonly NodeTexts[];
  readonly added: readonly NodeTexts[];
  /** Known texts that may resolve to something else now. */
  readonly affected: Iterable<string>;
}

/** The texts after a change, and which of them are new or resolve to something else than before. */
export function updateTexts(
  texts: DependencyTexts,
  { removed, added, affected }: TextsChange,
  resolve: (text: string) => Requirement,
): { readonly texts: DependencyTexts; readonly changed: ReadonlyMap<string, Requirement> } {
  const wanters = new ListDraft(texts.wanters);
  const naming = new ListDraft(texts.naming);
  const paths = new Set(texts.paths);
  const changed = new Map<string, Requirement>();
  for (const { id, texts: own } of removed) {
    for (const text of own) {
      wanters.remove(text, (other) => other === id);
    }
  }
  for (const { id, texts: own } of added) {
    for (const text of own) {
      wanters.add(text, id);
      if (!texts.requirements.has(text) && !changed.has(text)) {
        changed.set(text, resolve(text));
        for (const name of namesIn(text)) {
          naming.add(name, text);
          if (name.startsWith('/')) {
            paths.add(name);
          }
        }
      }
    }
  }
  for (const text of affected) {
    const requirement = resolve(text);
    const before = texts.requirements.get(text)!.resolution;
    if (JSON.stringify(requirement.resolution) !== JSON.stringify(before)) {
      changed.set(text, requirement);
    }
  }
  const requirements = texts.requirements.with(changed);
  const unsure = new Set(texts.unsure);
  for (const [text, { resolution }] of changed) {
    if (resolution.kind === 'provided' && resolution.predicted === undefined) {
      unsure.delete(text);
    } else {
      unsure.add(text);
    }
  }
  const after = { requirements, wanters: wanters.done(), naming: naming.done(), paths, unsure };
  return { texts: after, changed };
}

/**
 * The texts that a change of packages can make resolve to something else: those that name what these provide
 * or have, or are like a pattern of theirs; and what was or may be predicted of them.
 */
export function affectedTexts(
  texts: DependencyTexts,
  removed: readonly IndexedPackage[],
  added: readonly IndexedPackage[],
): ReadonlySet<string> {
  const affected = new Set<string>();
  if (texts === noTexts) {
    return affected;
  }
  const take = (name: string): void => {
    for (const text of texts.naming.get(name) ?? []) {
      affected.add(text);
    }
  };
  const packages = [...removed, ...added];
  for (const { provides, files } of packages) {
    for (const text of provides) {
      take(nameIn(text));
    }
    for (const path of files) {
      take(path);
    }
  }
  const globs = packages.flatMap(({ files }) => files.filter(isGlob).map((entry) => new Glob(entry)));
  for (const path of globs.length === 0 ? [] : texts.paths) {
    if (globs.some((glob) => glob.matches(path))) {
      take(path);
    }
  }
  const isNew = added.some(({ unbuilt }) => unbuilt !== undefined);
  const before = new Set(removed.map(({ provider }) => provider.package));
  for (const text of texts.unsure) {
    if (isNew || leansOn(texts.requirements.get(text)!.resolution, before)) {
      affected.add(text);
    }
  }
  return affected;
}

/** Whether a resolution leans on a prediction about one of these packages. */
function leansOn(resolution: Resolution, packages: ReadonlySet<string>): boolean {
  return resolutionLeaves(resolution).some(
    (leaf) => leaf.kind === 'provided' && leaf.predicted !== undefined && packages.has(leaf.provider.package),
  );
}

function nameIn(provide: string): string {
  const end = provide.indexOf(' ');
  return end < 0 ? provide : provide.slice(0, end);
}

function namesIn(text: string): readonly string[] {
  if (!text.startsWith('(')) {
    return [parseCapability(text).name];
  }
  try {
    return namesOf(parseDependency(text));
  } catch {
    return [text];
  }
}

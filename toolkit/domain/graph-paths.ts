import { globPlaces } from './graph-glob.ts';
import type { IndexedPackage, ProviderIndex } from './graph-index.ts';
import { foldName } from './prediction.ts';

/** A package with an entry of %files that a path matches. */
export interface PathMatch {
  readonly package: IndexedPackage;
  readonly entry: string;
}

/** By a pattern. */
export function matchGlobs(index: ProviderIndex, path: string): readonly PathMatch[] {
  const found: PathMatch[] = [];
  for (const place of globPlaces(path)) {
    for (const { glob, package: package_ } of index.globs.get(place) ?? []) {
      if (glob.matches(path)) {
        found.push({ package: package_, entry: glob.text });
      }
    }
  }
  return found;
}

/** As such, for packages that are not built yet. */
export function matchPlain(index: ProviderIndex, path: string): readonly PathMatch[] {
  return (index.byName.get(path) ?? []).flatMap(({ name, provider }) => {
    const package_ = unbuiltNamed(index, name).find((other) => other.provider.package === provider.package);
    return package_ === undefined ? [] : { package: package_, entry: path };
  });
}

/** Packages that are not built yet with this folder, as such or by a pattern: what lies in it may be theirs. */
export function matchFolder(index: ProviderIndex, folder: string): readonly PathMatch[] {
  const plain = [folder, `${folder}/`].flatMap((entry) => matchPlain(index, entry));
  const globbed = matchGlobs(index, folder).filter((match) => match.package.unbuilt !== undefined);
  return [...plain, ...globbed];
}

/** Packages that are not built yet, by name; case and punctuation do not count. */
export function unbuiltNamed(index: ProviderIndex, name: string): readonly IndexedPackage[] {
  return index.unbuilt.get(foldName(name)) ?? [];
}

import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type ConfigDocument, checkDocument, parseConfigDocument } from './image-document.ts';
import { fileProblem, siblingNames } from './image-files.ts';
import { type Loading, readDocument } from './image-layers.ts';
import { foldDocument } from './image-original/fold.ts';
import { spaced } from './image-original/system.ts';
import { isOriginal, translateOriginal } from './image-original/translate.ts';
import { packageListSchema } from './image-schema.ts';
import { findPlaced, type Placed, placedDocument, problemOf } from './placed.ts';

/** A package that a configuration names, and where. */
export interface NamedPackage {
  readonly name: string;
  readonly placed: Placed;
}

/**
 * Packages of all lists that a configuration or list names at `key`, and of those that these include, in order; a list
 * is read once. `seen` are absolute paths of files that are no lists, or were read: more come to it.
 */
export async function readLists(
  placed: Placed,
  key: 'include' | 'removeLists' | 'base.updateLists',
  seen: Set<string>,
  loading: Loading,
): Promise<NamedPackage[]> {
  const packages: NamedPackage[] = [];
  for (const { found } of findPlaced(placed, `${key}.*`)) {
    if (found.content.kind !== 'scalar' || typeof found.content.value !== 'string') continue;
    const written = found.content.value;
    const path = resolve(dirname(found.place.path), written);
    // A list that two others include is read once; so is one that includes itself.
    if (seen.has(path)) continue;
    seen.add(path);
    const problem = await fileProblem(path, written);
    if (problem !== undefined) {
      loading.problems.push(problemOf(found, problem));
      continue;
    }
    const document = asList(await readDocument(path, loading), path);
    loading.problems.push(...checkDocument(document, packageListSchema).problems);
    const list = placedDocument(document, path);
    packages.push(...(await readLists(list, 'include', seen, loading)), ...namedPackages(list));
  }
  return packages;
}

/** What stands under `packages` of a configuration or list. */
export function namedPackages(placed: Placed): NamedPackage[] {
  return findPlaced(placed, 'packages.*').flatMap(({ found }) =>
    found.content.kind === 'scalar' && typeof found.content.value === 'string'
      ? [{ name: spaced(found.content.value), placed: found }]
      : [],
  );
}

/** The files beside a package list that include it; undefined where a file has keys that a list has not. */
export async function includersOf(file: string, placed: Placed): Promise<string[] | undefined> {
  const { content } = placed;
  if (content.kind !== 'map' || content.entries.size === 0) return undefined;
  if ([...content.entries.keys()].some((key) => !(key in packageListSchema.shape))) return undefined;
  const names = await siblingNames(file);
  const includes = await Promise.all(
    names.map(async (name) => {
      const path = resolve(dirname(file), name);
      // A folder, or a file of somebody else's, is no part of this.
      const text = await readFile(path, 'utf8').catch(() => '');
      const document = parseConfigDocument(name, text);
      const own = isOriginal(document) ? translateOriginal(document, undefined).document : document;
      return findPlaced(placedDocument(own, path), 'include.*').some(
        ({ found }) =>
          found.content.kind === 'scalar' && resolve(dirname(file), String(found.content.value)) === file,
      );
    }),
  );
  return names.filter((_, index) => includes[index]);
}

/** JSON lists are the Azure Linux toolkit's, with comments and any letter case. */
function asList(document: ConfigDocument, path: string): ConfigDocument {
  return path.endsWith('.json') ? foldDocument(document, packageListSchema) : document;
}

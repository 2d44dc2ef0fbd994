import { createReadStream } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { digestOfPieces } from '../domain/digest.ts';
import type { ConfigProblem } from './image-document.ts';
import type { SourceFolder } from './image-folders.ts';
import { findPlaced, type Placed, plain, problemOf } from './placed.ts';

/** Keys whose files have to have a digest that the configuration says, with the key that names the file. */
const KEYS: readonly (readonly [list: string, source: string])[] = [
  ['files.*', 'source'],
  ['mediumFiles.*', 'source'],
  ...(['preInstall', 'postInstall', 'finalize'] as const).map(
    (kind) => [`scripts.${kind}.*`, 'path'] as const,
  ),
];

/**
 * Files of the user that are not those which the configuration means. Files that are not there are told elsewhere.
 */
export async function digestProblems(
  placed: Placed,
  folders: ReadonlyMap<string, SourceFolder>,
): Promise<ConfigProblem[]> {
  const problems: ConfigProblem[] = [];
  const check = async (wanted: Placed, written: string, path: string): Promise<void> => {
    const digest = (await digestOfPieces(createReadStream(path)).catch(() => undefined))?.sha256;
    const said = String(plain(wanted)).toLowerCase();
    if (digest === undefined || digest === said) return;
    problems.push(problemOf(wanted, `${written} has the SHA-256 ${digest}, and ${said} is wanted`));
  };
  for (const [list, key] of KEYS) {
    for (const { found } of findPlaced(placed, list)) {
      const [wanted] = findPlaced(found, 'sha256');
      const [source] = findPlaced(found, key);
      if (wanted === undefined || source === undefined) continue;
      const written = String(plain(source.found));
      await check(wanted.found, written, resolve(dirname(source.found.place.path), written));
    }
  }
  for (const { found } of findPlaced(placed, 'folders.*')) {
    const [wanted] = findPlaced(found, 'sha256');
    const [source] = findPlaced(found, 'source');
    if (wanted?.found.content.kind !== 'map' || source === undefined) continue;
    const written = String(plain(source.found));
    const top = resolve(dirname(source.found.place.path), written);
    const files = new Map(folders.get(top)?.files.map((file) => [file.path, file.source]));
    for (const [name, digest] of wanted.found.content.entries) {
      const path = files.get(name);
      if (path !== undefined) await check(digest, join(written, name), path);
      else if (folders.has(top)) problems.push(problemOf(digest, `no such file: ${join(written, name)}`));
    }
  }
  return problems;
}

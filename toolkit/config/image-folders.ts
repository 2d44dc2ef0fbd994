import type { Dirent } from 'node:fs';
import { readdir, readlink, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { byCodeUnit } from '../domain/text.ts';
import type { ConfigProblem } from './image-document.ts';
import { isProgram } from './image-files.ts';
import { type Placed, pathsAt, problemOf } from './placed.ts';

/** What is in a folder of the user. Paths are relative to it, sorted: a folder comes before what is in it. */
export interface SourceFolder {
  readonly folders: readonly string[];
  readonly files: readonly { readonly path: string; readonly source: string; readonly isProgram: boolean }[];
  readonly links: readonly { readonly path: string; readonly target: string }[];
}

/** Reads the folders that a configuration copies, by absolute path; what is wrong with one is added to `problems`. */
export async function readFolders(
  placed: Placed,
  problems: ConfigProblem[],
): Promise<Map<string, SourceFolder>> {
  const read = new Map<string, SourceFolder>();
  for (const { found, written, path } of pathsAt(placed, 'folders.*.source')) {
    if ((await stat(path).catch(() => undefined))?.isDirectory() !== true) {
      problems.push(problemOf(found, `no such folder: ${written}`));
      continue;
    }
    const odd = (name: string, what: string): void => {
      problems.push(problemOf(found, `${join(written, name)} ${what}`));
    };
    read.set(path, await readFolder(path, odd));
  }
  return read;
}

async function readFolder(top: string, odd: (path: string, what: string) => void): Promise<SourceFolder> {
  const folders: string[] = [];
  const files: SourceFolder['files'][number][] = [];
  const links: SourceFolder['links'][number][] = [];
  const entries = await readdir(top, { recursive: true, withFileTypes: true });
  const named = entries.map(
    (entry) => [join(entry.parentPath, entry.name).slice(top.length + 1), entry] as const,
  );
  for (const [path, entry] of named.sort(([a], [b]) => byCodeUnit(a, b))) {
    const source = resolve(top, path);
    if (path.includes('\u{fffd}')) odd(path, 'has a name that is not UTF-8');
    else if (entry.isDirectory()) folders.push(path);
    else if (entry.isFile()) files.push({ path, source, isProgram: await isProgram(source) });
    else if (entry.isSymbolicLink()) links.push({ path, target: await readlink(source) });
    else odd(path, `is ${kindOf(entry)}: only files, folders and symbolic links are copied`);
  }
  return { folders, files, links };
}

function kindOf(entry: Dirent): string {
  if (entry.isSocket()) return 'a socket';
  return entry.isFIFO() ? 'a pipe' : 'a device';
}

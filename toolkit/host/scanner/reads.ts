import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileDigests } from '../../domain/ports.ts';

/** What a file that a parse looked at was like: its SHA-256, or one of the words below. */
export type ReadState = string;

const MISSING: ReadState = 'missing';
const FOLDER: ReadState = 'folder';
const OTHER: ReadState = 'other';

/** Tells states of files below `folder`, each looked at once. A path that ends in a slash stands for its names. */
export function createReadStates(folder: string, digests: FileDigests): (path: string) => Promise<ReadState> {
  const states = new Map<string, Promise<ReadState>>();
  return (path) => {
    const known = states.get(path) ?? readState(join(folder, path), digests);
    states.set(path, known);
    return known;
  };
}

async function readState(path: string, digests: FileDigests): Promise<ReadState> {
  if (path.endsWith('/')) return await namesState(path);
  try {
    const found = await stat(path);
    if (found.isDirectory()) return FOLDER;
    return found.isFile() ? (await digests.digest(path)).sha256 : OTHER;
  } catch {
    return MISSING;
  }
}

async function namesState(path: string): Promise<ReadState> {
  const names = await readdir(path).catch(() => undefined);
  if (names === undefined) return MISSING;
  return createHash('sha256').update(names.sort().join('\0')).digest('hex');
}

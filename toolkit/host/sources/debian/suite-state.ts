import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../../files.ts';
import { indexPath } from './refresh.ts';
import type { ArchiveSuite } from './suites.ts';

const stateSchema = z.strictObject({
  archive: z.string(),
  suite: z.string(),
  /** Hash of the Sources index that the index file is made from. */
  sources: z.string().regex(/^[0-9a-f]{64}$/),
  /** Milliseconds since the epoch. */
  checkedAt: z.number(),
});

export type SuiteState = z.infer<typeof stateSchema>;

/** What is known of a suite; undefined before the first time, and where the file is damaged. */
export async function readSuiteState(folder: string, suite: ArchiveSuite): Promise<SuiteState | undefined> {
  return await readState(statePath(folder, suite));
}

/** Writes what is known of a suite, atomically. */
export async function writeSuiteState(folder: string, state: SuiteState): Promise<void> {
  await writeFileAtomically(statePath(folder, state), `${JSON.stringify(state)}\n`);
}

/** Removes index files that no suite of the folder refers to. */
export async function removeOldIndexes(folder: string): Promise<void> {
  const names = await readdir(folder);
  const used = new Set<string>();
  for (const name of names.filter((entry) => entry.endsWith('.json'))) {
    const state = await readState(join(folder, name));
    if (state !== undefined) used.add(indexPath(folder, state.sources));
  }
  for (const name of names.filter((entry) => /\.sqlite(?:\.\d+\.tmp)?$/.test(entry))) {
    if (!used.has(join(folder, name))) await rm(join(folder, name), { force: true });
  }
}

async function readState(path: string): Promise<SuiteState | undefined> {
  try {
    return stateSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

function statePath(folder: string, { archive, suite }: ArchiveSuite): string {
  return join(folder, `${createHash('sha256').update(`${archive} ${suite}`).digest('hex')}.json`);
}

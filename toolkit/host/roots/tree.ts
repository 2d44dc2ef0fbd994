import { chown, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Bind, Root } from '../../domain/ports.ts';
import { makeFolder, pathExists } from '../files.ts';
import type { Sandboxing } from '../sandbox/enter.ts';
import { runMapped } from '../sandbox/remove.ts';
import type { Base } from './base.ts';

/** A root whose tree is an overlay of folders. */
export interface LayeredRoot extends Root {
  /** Relative to the cache, uppermost first. */
  readonly lowers: readonly string[];
}

export function baseRoot(base: Base, folder: string): LayeredRoot {
  const { key, name, packages } = base;
  return { key, name, packages, depth: 0, seed: undefined, lowers: [join(folder, 'u')] };
}

/** The folders of a root that this backend made. */
export function lowersOf(root: Root): readonly string[] {
  if ('lowers' in root && Array.isArray(root.lowers)) return (root as LayeredRoot).lowers;
  throw new Error(`the root ${root.name} was made by another backend`);
}

/** A new folder that belongs to uid 0 of the sandboxes. */
export async function mappedFolder(sandboxing: Sandboxing, path: string): Promise<void> {
  await makeFolder(path);
  const { map } = sandboxing;
  if (map.privileged) await chown(path, map.uids[0]!.outside, map.gids[0]!.outside);
}

/** Puts a finished folder at its final place, below the cache, once its bytes are on the disk. */
export async function publishTree(
  sandboxing: Sandboxing,
  folder: string,
  target: string,
  signal: AbortSignal,
): Promise<void> {
  const path = join(sandboxing.cacheDir, target);
  const synced = await sandboxing.processes.run({ argv: ['sync', '--file-system', folder] }, signal);
  if (synced.exitCode !== 0) throw new Error(`sync of ${folder} failed: ${synced.stderr}`);
  await makeFolder(dirname(path));
  await rename(folder, path);
}

const RPM_DATABASE = 'usr/lib/sysimage/rpm/rpmdb.sqlite';

// What setting up left: overlay's own folders, empty targets of binds, temporary files.
const TIDY = `set -eu
cd "$1"
shift
rm -rf w m
cd u
for target; do
  if [ -d "./$target" ]; then rmdir "./$target" || :; elif ! [ -s "./$target" ]; then rm -f "./$target"; fi
done
if [ -d tmp ]; then find tmp -mindepth 1 -delete; fi`;

/**
 * Makes the upper folder of an ended command a layer: what is only there because it ran goes. The rpm
 * database's write-ahead log is folded in, since a later writer in another layer could not.
 */
export async function tidyLayer(
  sandboxing: Sandboxing,
  work: string,
  binds: readonly Bind[],
  signal: AbortSignal,
): Promise<void> {
  const database = join(work, 'u', RPM_DATABASE);
  if (await pathExists(`${database}-wal`)) {
    const connection = new DatabaseSync(database);
    connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    connection.close();
  }
  const folder = work.slice(sandboxing.cacheDir.length + 1);
  const targets = binds.map((bind) => bind.target);
  const leftovers = [`${RPM_DATABASE}-wal`, `${RPM_DATABASE}-shm`].map((path) => join(work, 'u', path));
  await runMapped(sandboxing, ['sh', '-c', TIDY, 'tidy', folder, ...targets], signal);
  for (const path of leftovers) {
    if (await pathExists(path)) throw new Error(`${path} is still there: the rpm database is in use`);
  }
}

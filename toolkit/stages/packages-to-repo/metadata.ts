import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { writeRepodata } from '../../formats/repodata/index.ts';
import type { RepoEntry } from './types.ts';

/**
 * Writes `repodata/` of a folder; the same packages give the same bytes. repomd.xml comes last and by a
 * rename, then what it no longer lists goes: a reader sees the old repository or the new one.
 */
export async function writeMetadata(
  entries: readonly RepoEntry[],
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const newest = Math.max(0, ...entries.map(({ artifact }) => artifact.header.buildTime));
  const packages = entries.map(({ artifact, location }) => ({
    header: artifact.header,
    digest: artifact.digest,
    location,
  }));
  const files = await writeRepodata(packages, {
    compression: 'gzip',
    revision: String(newest),
    timestamp: newest,
  });
  signal.throwIfAborted();
  await mkdir(join(folder, 'repodata'), { recursive: true });
  for (const { path, bytes } of files) {
    const target = join(folder, path);
    await writeFile(`${target}.${process.pid}.tmp`, bytes);
    await rename(`${target}.${process.pid}.tmp`, target);
  }
  const listed = new Set(files.map(({ path }) => basename(path)));
  for (const name of await readdir(join(folder, 'repodata'))) {
    if (!listed.has(name)) await rm(join(folder, 'repodata', name));
  }
}

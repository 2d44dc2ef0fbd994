import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RpmArtifact } from '../../domain/package.ts';
import type { Ports } from '../../domain/ports.ts';
import { writeMetadata } from './metadata.ts';
import { planRepo } from './plan.ts';
import type { RepoPlan } from './types.ts';

/** Holds the key of what was published last: the folder is whole when it is there and its files are. */
const KEY_FILE = 'repodata/.key';

/**
 * Makes a folder the repository of exactly these packages. Files that are there already, whole, are left
 * alone. No two may work on one folder at once. Says how many files were written; 0 means that nothing had changed.
 */
export async function publishRepo(
  packages: readonly RpmArtifact[],
  folder: string,
  ports: Pick<Ports, 'store' | 'digests'>,
  signal: AbortSignal,
): Promise<{ readonly plan: RepoPlan; readonly written: number }> {
  const plan = planRepo(packages, await presentPackages(folder));
  let written = 0;
  for (const { location, artifact } of plan.entries) {
    const path = join(folder, location);
    const there = await ports.digests.digest(path).catch(() => undefined);
    if (there?.sha256 === artifact.digest.sha256) continue;
    await mkdir(dirname(path), { recursive: true });
    await ports.store.checkout(artifact.digest.sha256, path, signal);
    written += 1;
  }
  const whole =
    (await metadataKey(plan, folder, ports)) ===
    (await readFile(join(folder, KEY_FILE), 'utf8').catch(() => ''));
  if (whole && written === 0 && plan.stale.length === 0) return { plan, written };
  await writeMetadata(plan.entries, folder, signal);
  // Only now: until here the folder's metadata listed them.
  for (const location of plan.stale) await rm(join(folder, location), { force: true });
  await writeFile(join(folder, KEY_FILE), await metadataKey(plan, folder, ports));
  return { plan, written: Math.max(1, written) };
}

/** What the metadata was made of, and what it is: a file of it that is gone or damaged changes this. */
async function metadataKey(plan: RepoPlan, folder: string, ports: Pick<Ports, 'digests'>): Promise<string> {
  const metadata = join(folder, 'repodata');
  const names = (await readdir(metadata).catch(() => []))
    .filter((name) => /\.xml(?:\.\w+)?$/.test(name))
    .sort();
  const lines = [];
  for (const name of names)
    lines.push(`${(await ports.digests.digest(join(metadata, name))).sha256}  ${name}\n`);
  return `${plan.key}\n${lines.join('')}`;
}

/** Packages in a repository's folder and what a killed run left of them, as locations. */
async function presentPackages(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const arch of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (!arch.isDirectory() || arch.name === 'repodata') continue;
    for (const name of await readdir(join(folder, arch.name))) {
      if (/\.(?:rpm|tmp)$/.test(name)) found.push(`${arch.name}/${name}`);
    }
  }
  return found;
}

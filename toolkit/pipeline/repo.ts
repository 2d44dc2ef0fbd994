import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { RpmArtifact } from '../domain/package.ts';
import { publishRepo } from '../stages/packages-to-repo/index.ts';
import { readRpmFile } from '../stages/srpms-to-packages/index.ts';
import type { Context } from './context.ts';
import { outPaths } from './layout.ts';
import type { BuiltPackages } from './packages.ts';
import { writeSnapshot } from './snapshot.ts';
import { inStage } from './stage.ts';

/** What out/RPMS holds, by spec: digests and sizes of its packages. */
const indexSchema = z.record(z.string(), z.array(z.strictObject({ sha256: z.string(), size: z.number() })));
type RepoIndex = z.infer<typeof indexSchema>;

/**
 * Makes out/RPMS a repository of what this checkout has built: the packages of this run, and those of
 * earlier runs whose spec is still there.
 */
export async function publish(built: BuiltPackages, context: Context, signal: AbortSignal): Promise<void> {
  const { ports, settings } = context;
  const { rpms } = outPaths(settings);
  await inStage(ports, 'repository', undefined, async () => {
    await using _lock = await ports.locks.acquire(`repository-${rpms}`, signal);
    const indexPath = join(settings.outDir, 'repository.json');
    const before = await readIndex(indexPath);
    const index: RepoIndex = {};
    const packages: RpmArtifact[] = [];
    for (const srpm of [...built.graph.builds.keys()].sort()) {
      const artifacts = built.packages.get(srpm) ?? (await stored(before[srpm] ?? [], context));
      if (artifacts.length === 0) continue;
      packages.push(...artifacts);
      index[srpm] = artifacts.map(({ digest }) => ({ sha256: digest.sha256, size: digest.size }));
    }
    const { written, plan } = await publishRepo(packages, rpms, ports, signal);
    await writeSnapshot(indexPath, index);
    const change = written === 0 ? 'unchanged' : 'written';
    return { result: undefined, detail: `${plan.entries.length} packages in ${rpms}, ${change}` };
  });
}

/** Packages of an earlier run; none when the cache does not have them all any more. */
async function stored(digests: RepoIndex[string], context: Context): Promise<RpmArtifact[]> {
  const found: RpmArtifact[] = [];
  for (const digest of digests) {
    const path = await context.ports.store.find(digest.sha256);
    if (path === undefined) return [];
    found.push({ path, digest, header: await readRpmFile(path) });
  }
  return found;
}

async function readIndex(path: string): Promise<RepoIndex> {
  const text = await readFile(path, 'utf8').catch(() => '{}');
  try {
    return indexSchema.parse(JSON.parse(text));
  } catch {
    return {};
  }
}

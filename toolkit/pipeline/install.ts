import { actionKey } from '../domain/action-key.ts';
import { isLinked } from '../domain/graph-seed.ts';
import type { RpmArtifact } from '../domain/package.ts';
import type { RepositoryId, SolvedPackage } from '../domain/services.ts';
import { rpmFileName } from '../domain/spec.ts';
import { byCodeUnit } from '../domain/text.ts';
import { writeMetadata } from '../stages/packages-to-repo/index.ts';
import { readRpmFile } from '../stages/srpms-to-packages/index.ts';
import type { Context } from './context.ts';
import { solve } from './solve.ts';

/** No section of a .repo file can be called this. */
const LOCAL = '@local';

/** What an installation may be made of, beside the package servers. */
export interface Available {
  readonly local: readonly RpmArtifact[];
  readonly onSeedRoot: boolean;
}

/**
 * All packages that installing `install` takes, in an order of installation: built here before from a
 * server. Throws `UNSOLVABLE`.
 */
export async function solveInstall(
  install: readonly string[],
  forWhom: string,
  available: Available,
  context: Context,
  signal: AbortSignal,
): Promise<readonly RpmArtifact[]> {
  const { ports, solver, servers, distro } = context;
  const local = new Map(available.local.map((artifact) => [rpmFileName(artifact.header), artifact]));
  const served = await servers.folders(signal);
  const id = localRepository([...local.values()]);
  const question = {
    forWhom,
    install,
    onSeedRoot: available.onSeedRoot,
    seedGivesWay:
      available.onSeedRoot && !distro.build.librariesOfWorker ? linkedProvides([...local.values()]) : [],
    repositories: [id, ...served.map(({ name, priority, sha256 }) => ({ name, priority, sha256 }))],
  };
  await using stack = new AsyncDisposableStack();
  const folders = async () => {
    const scratch = stack.use(await ports.roots.scratch('metadata-'));
    const entries = [...local].map(([location, artifact]) => ({ location, artifact }));
    await writeMetadata(entries, scratch.path, signal);
    return [{ ...id, path: scratch.path }, ...served];
  };
  const solved = await solve(question, folders, { solver, ports }, signal);
  const packages: RpmArtifact[] = [];
  for (const entry of solved) packages.push(await artifactOf(entry, local, context, signal));
  return packages;
}

/** What these packages offer to builds that link: it is installed, although the seed root has its like. */
function linkedProvides(packages: readonly RpmArtifact[]): readonly string[] {
  const names = packages.flatMap(({ header }) => header.provides.map(({ name }) => name));
  return [...new Set(names.filter(isLinked))].sort(byCodeUnit);
}

async function artifactOf(
  entry: SolvedPackage,
  local: ReadonlyMap<string, RpmArtifact>,
  context: Context,
  signal: AbortSignal,
): Promise<RpmArtifact> {
  if (entry.repository !== LOCAL) {
    const fetched = await context.servers.fetch(entry, signal);
    return { ...fetched, header: await readRpmFile(fetched.path) };
  }
  const artifact = local.get(entry.location);
  if (artifact === undefined) throw new Error(`the solver chose ${entry.location}, which is not there`);
  return artifact;
}

function localRepository(packages: readonly RpmArtifact[]): RepositoryId {
  const sha256 = actionKey(
    'local-repository/1',
    packages.map(({ digest }) => digest.sha256).sort(byCodeUnit),
  );
  return { name: LOCAL, priority: 0, sha256 };
}

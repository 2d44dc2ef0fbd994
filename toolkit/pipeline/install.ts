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
const INSTALLED = '@image';
const OUTDATED = '@outdated';
/** Behind all servers. */
const LAST = 1_000_000;

/** What an installation may be made of, beside the package servers. */
export interface Available {
  readonly local: readonly RpmArtifact[];
  readonly onSeedRoot: boolean;
  /** What an image has already, and is preferred; given back as it is. */
  readonly installed?: readonly RpmArtifact[];
  /** What it has, and only stays where nobody has a better one; given back as it is. */
  readonly outdated?: readonly RpmArtifact[];
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
  const byFileName = (all: readonly RpmArtifact[]) =>
    new Map(all.map((artifact) => [rpmFileName(artifact.header), artifact]));
  const local = byFileName(available.local);
  const installed = byFileName(available.installed ?? []);
  const outdated = byFileName(available.outdated ?? []);
  const served = await servers.folders(signal);
  const own = [
    ...(installed.size === 0 ? [] : [{ ...idOf(INSTALLED, -1, installed), packages: installed }]),
    { ...idOf(LOCAL, 0, local), packages: local },
    ...(outdated.size === 0 ? [] : [{ ...idOf(OUTDATED, LAST, outdated), packages: outdated }]),
  ];
  const question = {
    forWhom,
    install,
    onSeedRoot: available.onSeedRoot,
    seedGivesWay:
      available.onSeedRoot && !distro.build.librariesOfWorker ? linkedProvides([...local.values()]) : [],
    repositories: [...own, ...served].map(({ name, priority, sha256 }) => ({ name, priority, sha256 })),
  };
  await using stack = new AsyncDisposableStack();
  const folders = async () => {
    const written = [];
    for (const { packages, ...id } of own) {
      const scratch = stack.use(await ports.roots.scratch('metadata-'));
      const entries = [...packages].map(([location, artifact]) => ({ location, artifact }));
      await writeMetadata(entries, scratch.path, signal);
      written.push({ ...id, path: scratch.path });
    }
    return [...written, ...served];
  };
  const solved = await solve(question, folders, { solver, ports }, signal);
  const byRepository = new Map([
    [LOCAL, local],
    [INSTALLED, installed],
    [OUTDATED, outdated],
  ]);
  const packages: RpmArtifact[] = [];
  for (const entry of solved) packages.push(await artifactOf(entry, byRepository, context, signal));
  return packages;
}

/** What these packages offer to builds that link: it is installed, although the seed root has its like. */
function linkedProvides(packages: readonly RpmArtifact[]): readonly string[] {
  const names = packages.flatMap(({ header }) => header.provides.map(({ name }) => name));
  return [...new Set(names.filter(isLinked))].sort(byCodeUnit);
}

async function artifactOf(
  entry: SolvedPackage,
  byRepository: ReadonlyMap<string, ReadonlyMap<string, RpmArtifact>>,
  context: Context,
  signal: AbortSignal,
): Promise<RpmArtifact> {
  const folder = byRepository.get(entry.repository);
  if (folder === undefined) {
    const fetched = await context.servers.fetch(entry, signal);
    return { ...fetched, header: await readRpmFile(fetched.path) };
  }
  const artifact = folder.get(entry.location);
  if (artifact === undefined) throw new Error(`the solver chose ${entry.location}, which is not there`);
  return artifact;
}

function idOf(name: string, priority: number, packages: ReadonlyMap<string, RpmArtifact>): RepositoryId {
  const digests = [...packages.values()].map(({ digest }) => digest.sha256);
  return { name, priority, sha256: actionKey('local-repository/1', digests.sort(byCodeUnit)) };
}

import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import pLimit from 'p-limit';
import { actionKey } from '../../domain/action-key.ts';
import { parseCapability } from '../../domain/capability.ts';
import { buildError } from '../../domain/errors.ts';
import type { Bind, Ports, Root } from '../../domain/ports.ts';
import type { MetadataFolder, Solution, SolveRequest, Solver } from '../../domain/services.ts';
import { byCodeUnit } from '../../domain/text.ts';
import { openSolver, SOLVER_SOURCE } from './process.ts';
import type { SolverProcess, TransactionStep } from './types.ts';

export interface SolverOptions {
  /** rpm's name of the architecture. */
  readonly arch: string;
  /** What the seed root provides, as rpm writes it; paths too. */
  readonly seedProvides: readonly string[];
  /** Folders of the host below which most repositories lie: one process serves them all. */
  readonly sharedFolders: readonly string[];
}

/** Raised when answers to the same question may change. */
const RECIPE = 'solver/1';

/**
 * libsolv in a root that has python3-solv: started by the first question, ended by disposal. Questions are
 * answered one at a time, each from the repositories that it names alone.
 */
export async function createSolver(
  ports: Pick<Ports, 'roots'>,
  root: Root,
  options: SolverOptions,
): Promise<Solver & AsyncDisposable> {
  const source = await readFile(SOLVER_SOURCE, 'utf8');
  const seedProvides = [...options.seedProvides].sort(byCodeUnit);
  const oneAtATime = pLimit(1);
  let running: (Running & { universe: string | undefined }) | undefined;

  const stop = async (): Promise<void> => {
    const last = running;
    running = undefined;
    await last?.process[Symbol.asyncDispose]();
  };
  const processFor = async (paths: readonly string[]) => {
    const binds = bindFolders(options.sharedFolders, paths);
    const isBound = paths.every(
      (path) => running !== undefined && insidePath(running.binds, path) !== undefined,
    );
    if (running === undefined || !isBound) {
      await stop();
      const life = new AbortController();
      running = { process: await openSolver(ports, root, binds, life.signal), binds, universe: undefined };
    }
    return running;
  };
  const answer = async (request: SolveRequest, signal: AbortSignal): Promise<Solution> => {
    signal.throwIfAborted();
    const current = await processFor(request.repositories.map(({ path }) => path));
    const universe = universeKey(request);
    try {
      if (current.universe !== universe) {
        current.universe = undefined;
        await current.process.load({
          arch: options.arch,
          repositories: request.repositories.map((folder) => toRepository(folder, current.binds)),
          installed: installedOf(request, seedProvides),
        });
        current.universe = universe;
      }
      const outcome = await current.process.solve({ install: request.install });
      signal.throwIfAborted();
      return outcome.kind === 'solved'
        ? { kind: 'solved', packages: outcome.steps.map(toSolvedPackage) }
        : { kind: 'unsolvable', problems: outcome.problems };
    } catch (error) {
      // Whatever is wrong with the process, the next question gets a new one.
      await stop();
      throw error;
    }
  };
  return {
    key: actionKey(RECIPE, { source, root: root.key, arch: options.arch, seedProvides }),
    solve: async (request, signal) => await oneAtATime(() => answer(request, signal)),
    [Symbol.asyncDispose]: async () => await oneAtATime(stop),
  };
}

interface Running {
  readonly process: SolverProcess;
  readonly binds: readonly Bind[];
}

function installedOf({ onSeedRoot, seedGivesWay }: SolveRequest, seedProvides: readonly string[]) {
  const gone = new Set(seedGivesWay);
  return onSeedRoot ? seedProvides.filter((text) => !gone.has(parseCapability(text).name)) : [];
}

function universeKey({ repositories, onSeedRoot, seedGivesWay = [] }: SolveRequest): string {
  const ids = repositories.map(({ name, priority, sha256, path }) => [name, priority, sha256, path]);
  return JSON.stringify([ids, onSeedRoot, seedGivesWay]);
}

function bindFolders(shared: readonly string[], paths: readonly string[]): readonly Bind[] {
  const others = paths.filter((path) => !shared.some((folder) => isInside(folder, path)));
  return [...new Set([...shared, ...others])].map((source, at) => {
    return { source, target: `/build/repositories/${at}`, writable: false };
  });
}

function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** Where a path of the host is in the solver's root. */
function insidePath(binds: readonly Bind[], path: string): string | undefined {
  const bind = binds.find(({ source }) => isInside(source, path));
  return bind && [bind.target, relative(bind.source, path)].filter((part) => part !== '').join('/');
}

function toRepository({ name, priority, path }: MetadataFolder, binds: readonly Bind[]) {
  return { name, priority, folder: insidePath(binds, path) ?? path };
}

function toSolvedPackage({ repository, location, sha256, size, ...about }: TransactionStep) {
  if (sha256 === undefined) {
    throw buildError(
      'REPOSITORY_UNVERIFIABLE',
      `${repository} gives no SHA-256 of ${about.name}-${about.evr}.${about.arch}, so it cannot be verified`,
      {
        hint: 'Make its metadata anew with a createrepo_c that writes SHA-256, or leave the repository out.',
      },
    );
  }
  return { repository, location, digest: { sha256, size } };
}

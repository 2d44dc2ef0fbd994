import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { actionKey } from '../domain/action-key.ts';
import { buildError } from '../domain/errors.ts';
import type { Ports } from '../domain/ports.ts';
import type { MetadataFolder, RepositoryId, SolvedPackage, Solver } from '../domain/services.ts';
import { byCodeUnit } from '../domain/text.ts';

const RECIPE = 'solve/2';
const OUTPUT = 'packages.json';

const storedSolution = z.array(
  z.strictObject({
    repository: z.string(),
    location: z.string(),
    digest: z.strictObject({ sha256: z.string(), size: z.number() }),
  }),
);

export interface Question {
  /** Whose installation it is, for messages. */
  readonly forWhom: string;
  readonly install: readonly string[];
  readonly repositories: readonly RepositoryId[];
  readonly onSeedRoot: boolean;
  readonly seedGivesWay: readonly string[];
}

/**
 * Solves an installation, or takes the answer to the same question about the same repositories from the
 * store: `folders`, which gives their metadata, is only called when it is not there. Throws `UNSOLVABLE`
 * with libsolv's problems.
 */
export async function solve(
  question: Question,
  folders: () => Promise<readonly MetadataFolder[]>,
  { solver, ports }: { readonly solver: Solver; readonly ports: Pick<Ports, 'store'> },
  signal: AbortSignal,
): Promise<readonly SolvedPackage[]> {
  const key = actionKey(RECIPE, {
    solver: solver.key,
    install: [...new Set(question.install)].sort(byCodeUnit),
    repositories: question.repositories.map(({ name, priority, sha256 }) => [name, priority, sha256]),
    seed: question.onSeedRoot,
    seedGivesWay: question.seedGivesWay,
  });
  const cached = await ports.store.action(key);
  const hit = cached?.outputs.find(({ name }) => name === OUTPUT);
  const path = hit === undefined ? undefined : await ports.store.find(hit.digest.sha256);
  if (path !== undefined) return storedSolution.parse(JSON.parse(await readFile(path, 'utf8')));

  const { install, onSeedRoot, seedGivesWay } = question;
  const request = { install, onSeedRoot, seedGivesWay, repositories: await folders() };
  const solution = await solver.solve(request, signal);
  if (solution.kind === 'unsolvable') {
    throw buildError('UNSOLVABLE', `${question.forWhom}: ${solution.problems.join('\n  ')}`, {
      hint: 'Add a spec that provides it, or name a package server in PACKAGE_URL_LIST or REPO_LIST.',
    });
  }
  const bytes = Readable.from([Buffer.from(JSON.stringify(solution.packages))]);
  const digest = await ports.store.putStream(bytes, undefined, signal);
  await ports.store.saveAction(key, { outputs: [{ name: OUTPUT, digest }], facts: {} });
  return solution.packages;
}

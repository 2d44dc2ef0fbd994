import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildError } from '../../domain/errors.ts';
import type { Bind, Ports, Root, RootProcess } from '../../domain/ports.ts';

import type { SolverAnswer } from './answer.ts';
import { solverAnswer } from './answer.ts';
import type { SolveOutcome, SolverProcess } from './types.ts';

const PROGRAM = '/build/solver.py';

/** The program that runs libsolv. */
export const SOLVER_SOURCE = join(import.meta.dirname, '../../native/solver.py');

/**
 * Starts libsolv in a root that has python3-solv. `binds` are the repositories that it will be told of. It
 * ends when it is disposed of or `signal` aborts; requests that wait then are rejected.
 */
export async function openSolver(
  ports: Pick<Ports, 'roots'>,
  root: Root,
  binds: readonly Bind[],
  signal: AbortSignal,
): Promise<SolverProcess> {
  const process = await ports.roots.open(
    root,
    {
      argv: ['/usr/bin/python3', '-X', 'utf8', PROGRAM],
      binds: [{ source: SOLVER_SOURCE, target: PROGRAM, writable: false }, ...binds],
    },
    signal,
  );
  const ask = createAsker(process, signal);
  return {
    async load(universe) {
      const answer = await ask({ load: universe });
      return 'loaded' in answer ? answer.loaded.packages : unexpected(answer);
    },
    async solve({ install, recommends = false }) {
      return toOutcome(await ask({ solve: { install, recommends } }));
    },
    [Symbol.asyncDispose]: async () => {
      await process[Symbol.asyncDispose]();
    },
  };
}

type Asker = (question: Readonly<Record<string, unknown>>) => Promise<SolverAnswer>;

/** Answers come in the order of the questions. */
function createAsker(process: RootProcess, signal: AbortSignal): Asker {
  const waiting: { id: number; resolve: (answer: SolverAnswer) => void; reject: (error: unknown) => void }[] =
    [];
  let count = 0;
  let ended: Error | undefined;
  const end = (error: Error): void => {
    ended ??= error;
    for (const { reject } of waiting.splice(0)) {
      reject(ended);
    }
  };
  createInterface({ input: process.stdout }).on('line', (line) => {
    const asked = waiting.shift();
    try {
      const answer = solverAnswer.parse(JSON.parse(line));
      if (answer.id !== asked?.id) {
        throw new Error(`answer ${answer.id} to question ${asked?.id}`);
      }
      if ('failed' in answer) {
        asked.reject(buildError('SOLVER_FAILED', `The solver failed: ${answer.failed}`));
      } else {
        asked.resolve(answer);
      }
    } catch (error) {
      asked?.reject(error);
    }
  });
  process.ended.then(
    (code) =>
      end(
        signal.aborted ? signal.reason : buildError('SOLVER_FAILED', `The solver ended with status ${code}.`),
      ),
    (error: unknown) => end(error instanceof Error ? error : new Error(String(error))),
  );
  process.stdin.on('error', () => {}); // told by `ended`
  return (question) =>
    new Promise((resolve, reject) => {
      if (ended !== undefined) {
        reject(ended);
        return;
      }
      count += 1;
      waiting.push({ id: count, resolve, reject });
      process.stdin.write(`${JSON.stringify({ id: count, ...question })}\n`);
    });
}

function toOutcome(answer: SolverAnswer): SolveOutcome {
  if ('solved' in answer) {
    const steps = answer.solved.steps.map((step) => ({ ...step, sha256: step.sha256 ?? undefined }));
    return { kind: 'solved', steps };
  }
  if ('unsolved' in answer) {
    const { problems, missing } = answer.unsolved;
    return {
      kind: 'unsolved',
      problems,
      missing: missing.map(({ capability, requiredBy }) => ({
        capability,
        requiredBy: requiredBy ?? undefined,
      })),
    };
  }
  return unexpected(answer);
}

function unexpected(answer: SolverAnswer): never {
  throw new Error(`not an answer to the question: ${JSON.stringify(answer)}`);
}

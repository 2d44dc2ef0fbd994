import type { FileDigest } from '../../domain/digest.ts';
import { buildError } from '../../domain/errors.ts';
import { programInSandbox } from '../../domain/image-program.ts';
import type { Step } from '../../domain/image-steps.ts';
import type { Bind } from '../../domain/ports.ts';
import { stored } from '../../domain/stored.ts';
import { lastLines } from '../../domain/text.ts';
import type { Making } from './making.ts';

/** Writable folder of the steps. */
export const WORK = '/run/distrokit/work';
/** Stored content, read-only. */
export const IN = '/run/distrokit/in';

export interface StepInput {
  /** Name in `IN`. */
  readonly name: string;
  readonly digest: FileDigest;
}

/** Runs programs of the tools root; `work` is their `WORK`. Throws `ARTIFACT_FAILED` with a tool's words. */
export async function runSteps(
  steps: readonly Step[],
  inputs: readonly StepInput[],
  work: string,
  { request, ports }: Making,
  signal: AbortSignal,
): Promise<void> {
  const { argv, binds } = programInSandbox(request.program, 'host/tree/steps.ts');
  const all: Bind[] = [...binds, { source: work, target: WORK, writable: true }];
  for (const { name, digest } of inputs) {
    all.push({ source: await stored(digest, name, ports), target: `${IN}/${name}`, writable: false });
  }
  const stdin = JSON.stringify({ cwd: WORK, steps });
  const done = await ports.roots.run(request.tools, { argv, binds: all, stdin }, signal);
  if (done.exitCode === 0) return;
  throw buildError('ARTIFACT_FAILED', `${request.config.name}: ${lastLines(done.stderr || done.stdout, 40)}`);
}

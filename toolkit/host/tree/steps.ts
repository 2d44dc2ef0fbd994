/**
 * Runs inside the sandbox, under Node, with a `StepsJob` on standard input: the programs one after another.
 * Ends with 1 at the first that fails, after saying which and what it said.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Step, StepsJob } from '../../domain/image-steps.ts';

function runStep(step: Step, cwd: string): string | undefined {
  const [program, ...args] = step.argv;
  const stdin = step.stdin === undefined ? 'ignore' : openSync(step.stdin, 'r');
  const stdout = step.stdout === undefined ? 'pipe' : openSync(step.stdout, 'wx', 0o644);
  const done = spawnSync(program, args, {
    cwd,
    stdio: [stdin, stdout, 'pipe'],
    encoding: 'utf8',
    maxBuffer: 16 << 20,
    env: { ...process.env, ...step.env },
  });
  for (const file of [stdin, stdout]) if (typeof file === 'number') closeSync(file);
  if (done.error === undefined && done.status === 0) return undefined;
  const said = `${done.stdout ?? ''}${done.stderr ?? ''}`.trimEnd().split('\n').slice(-20).join('\n');
  const end = done.error?.message ?? `exited with ${done.status ?? done.signal}`;
  return `${step.argv.join(' ')}\n${end}\n${said}`;
}

process.umask(0o022);
// Written by the stage that started this program.
const job = JSON.parse(readFileSync(0, 'utf8')) as StepsJob;
for (const step of job.steps) {
  const failure = runStep(step, job.cwd);
  if (failure === undefined) continue;
  process.stderr.write(`${failure}\n`);
  process.exitCode = 1;
  break;
}

import { relative } from 'node:path';
import { pipeline } from 'node:stream';
import { diskFull, saysDiskFull } from '../io-errors.ts';
import { collect, createProcesses } from '../process/run.ts';
import { enterSandbox, type Sandboxing } from './enter.ts';

/** Cleaning up takes no signal of the user's; this is its own limit. */
const LIMIT_MS = 300_000;

/**
 * Deletes a folder below the cache whose files may belong to ids of a sandbox; never what is mounted in it.
 * Without a sandbox as far as our own user may.
 */
export async function removeTree(sandboxing: () => Promise<Sandboxing>, path: string): Promise<void> {
  const argv = ['rm', '-rf', '--one-file-system', '--'] as const;
  const signal = AbortSignal.timeout(LIMIT_MS);
  const plain = await createProcesses().run({ argv: [...argv, path] }, signal);
  if (plain.exitCode === 0) return;
  const box = await sandboxing();
  await runMapped(box, [...argv, relative(box.cacheDir, path)], signal);
}

/** Runs a program of the host under the sandbox's ids, in the cache folder. Throws when it fails. */
export async function runMapped(
  sandboxing: Sandboxing,
  argv: readonly [string, ...string[]],
  signal: AbortSignal,
  input?: NodeJS.ReadableStream,
): Promise<void> {
  const start = async (limited: AbortSignal) => {
    const child = await enterSandbox(
      sandboxing,
      {
        namespaces: undefined,
        announces: false,
        stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
        inner: () => ['exec', ...argv],
      },
      limited,
    );
    if (input === undefined || child.stdin === null) return child;
    // What fails here ends the program's input early, and it fails.
    pipeline(input, child.stdin, () => {});
    return { ...child, stdin: null };
  };
  const result = await collect({ argv }, start, signal);
  if (saysDiskFull(result.stderr)) throw diskFull(sandboxing.cacheDir);
  if (result.exitCode !== 0) throw new Error(`${argv.join(' ')} failed: ${result.stderr.trim()}`);
}

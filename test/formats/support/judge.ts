import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'vitest';

const PATH = `${process.env.PATH ?? ''}:/usr/sbin:/sbin:/usr/bin`;

/** Where a program of the host is, or undefined. */
export function findTool(name: string): string | undefined {
  return PATH.split(':')
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

/**
 * A test that asks programs which are not ours. Where one is missing the test is skipped, visibly; with
 * DISTROKIT_JUDGES=required it runs and fails instead.
 */
export function judged(...tools: string[]) {
  const isRequired = process.env.DISTROKIT_JUDGES === 'required';
  return it.skipIf(!isRequired && tools.some((tool) => findTool(tool) === undefined));
}

/** Runs a program of the host to its end; throws with its output when it ends with another code than `okay`. */
export function runTool(
  argv: readonly [string, ...string[]],
  options: {
    input?: Uint8Array;
    cwd?: string;
    env?: Record<string, string>;
    okay?: readonly number[];
  } = {},
): Buffer {
  const [name, ...rest] = argv;
  const result = spawnSync(findTool(name) ?? name, rest, {
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { PATH, LC_ALL: 'C.UTF-8', TZ: 'UTC', HOME: '/nonexistent', ...options.env },
    maxBuffer: 256 * 1024 * 1024,
  });
  if (!(options.okay ?? [0]).includes(result.status ?? -1)) {
    const talk = `${result.error ?? ''}\n${result.stdout}\n${result.stderr}`;
    throw new Error(`${argv.join(' ')} ended with ${result.status}: ${talk}`);
  }
  return result.stdout;
}

/** A folder that goes when the test ends. */
export function tempFolder(prefix: string): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), prefix));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

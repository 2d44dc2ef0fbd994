import { mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureTestPrograms } from './packages.ts';
import { processesLeft } from './processes-left.ts';
import { must, type Run, type RunOptions, run } from './shell.ts';

/** The checkout that is being tested. */
export const CHECKOUT = resolve(import.meta.dirname, '../..');

/** Who runs a command: root, or the ordinary user that the tests made. */
export type Account = 'root' | 'user';

/** The ordinary user of the tests. */
export const USER = 'distrokit-test';

/** A copy of the checkout as a fresh clone would have it, owned by one account, with its own cache. */
export interface Clone {
  readonly dir: string;
  readonly account: Account;
  readonly cache: string;
  /** Runs a program in the clone as its owner. */
  run(argv: readonly [string, ...string[]], options?: RunOptions): Promise<Run>;
  /** As `run`, but throws unless the program ends with 0. */
  must(argv: readonly [string, ...string[]], options?: RunOptions): Promise<Run>;
  /** What `run` runs, for tests that start it otherwise; the folder is theirs to choose. */
  command(argv: readonly string[], env?: Readonly<Record<string, string>>): [string, ...string[]];
}

/** Makes the ordinary user of the tests, once; useradd gives it a range of subordinate ids. */
export async function ensureUser(): Promise<string> {
  await ensureTestPrograms();
  const there = await run(['id', USER]);
  if (there.code !== 0) await must(['useradd', '--create-home', '--shell', '/bin/bash', USER]);
  return `/home/${USER}`;
}

/** Whether this process may make users and become them. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The cache that the main job's test leaves for those after it, so that no package is built twice. It is
 * the ordinary user's, and made anew by whoever needs it when it is not there.
 */
export const WARM_CACHE = `/home/${USER}/warm-cache`;

/** The same for root: roots and action results that the main job's test leaves to tests of single parts. */
export const ROOT_CACHE = process.env.DISTROKIT_TEST_CACHE ?? join(tmpdir(), 'distrokit-test-cache');

/**
 * Copies what git knows of the working tree (uncommitted changes too) into `parent/name`. Libraries are
 * installed from npm's cache by the clone's own `make`.
 */
export async function cloneCheckout(
  parent: string,
  name: string,
  account: Account,
  cache = `${parent}/${name}.cache`,
): Promise<Clone> {
  const dir = `${parent}/${name}`;
  await mkdir(parent, { recursive: true });
  const files = await must(['git', '-c', 'safe.directory=*', 'ls-files', '-z', '-co', '--exclude-standard'], {
    cwd: CHECKOUT,
  });
  await must(['mkdir', '-p', dir]);
  await must(['tar', '-C', CHECKOUT, '--null', '--ignore-failed-read', '-T', '-', '-cf', `${dir}.tar`], {
    input: files.stdout,
  });
  await must(['tar', '-C', dir, '--no-same-owner', '-xf', `${dir}.tar`]);
  await must(['rm', `${dir}.tar`]);
  if (account === 'user') {
    await ensureUser();
    await must(['chown', '-R', `${USER}:${USER}`, parent]);
  }
  const command = (argv: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    as(account, argv, { DISTROKIT_CACHE: cache, ...env });
  const clone =
    (runner: typeof run) =>
    (argv: readonly [string, ...string[]], options: RunOptions = {}) =>
      runner(command(argv, options.env), { ...options, cwd: options.cwd ?? dir });
  return { dir, account, cache, command, run: clone(run), must: clone(must) };
}

/** A new folder for one test in the home of the tests' user, who may look into it; for `removeTree` at the end. */
export async function testHome(name: string): Promise<string> {
  const home = await mkdtemp(join(await ensureUser(), `${name}-`));
  await must(['chmod', '0755', home]);
  return home;
}

/** A clone in `home/folder` of the tests' user, set up, with what the main job's test has built. */
export async function warmClone(home: string, folder = 'work'): Promise<Clone> {
  const clone = await cloneCheckout(join(home, folder), 'clone', 'user', WARM_CACHE);
  await clone.must(['make', 'setup']);
  return clone;
}

function as(
  account: Account,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): [string, ...string[]] {
  const assignments = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const command: [string, ...string[]] = ['env', ...assignments, ...argv];
  return account === 'root'
    ? command
    : ['runuser', '-u', USER, '--', 'env', `HOME=/home/${USER}`, ...command];
}

/** Removes clones with their caches, whose files belong to mapped ids. */
export async function removeTree(path: string): Promise<void> {
  await must(['rm', '-rf', '--one-file-system', path]);
}

/**
 * What a run may leave behind on the host: mounts, loop devices and processes that name `marker`, and whatever
 * runs under the ids of root's sandboxes without a toolkit above it. A killed sandbox takes a moment to die,
 * and gets it.
 */
export async function leftovers(marker: string, timeoutMs = 5_000): Promise<string[]> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n');
    const loops = (await run(['losetup', '-nO', 'BACK-FILE'])).stdout.split('\n');
    const left = [
      ...[...mounts, ...loops].filter((line) => line.includes(marker)),
      ...(await processesLeft(marker)),
    ];
    if (left.length === 0 || Date.now() > end) return left;
    await sleep(100);
  }
}

import { readFileSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import type { Duplex, Readable, Writable } from 'node:stream';
import { execa } from 'execa';
import { buildError, hostError } from '../../domain/errors.ts';
import type { CommandResult, HostCommand, Processes } from '../../domain/ports.ts';
import { openOutputCollector } from './output.ts';

/** Milliseconds between SIGTERM and SIGKILL. */
const KILL_DELAY_MS = 3_000;
const HOST_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface StartOptions {
  readonly argv: readonly [string, ...string[]];
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** What descriptors 0, 1 and 2 are. */
  readonly stdio: readonly ['ignore' | 'pipe' | 'inherit', 'pipe' | 'inherit', 'pipe' | 'inherit'];
  /** Gives the program a socket to us as descriptor 3. */
  readonly control?: boolean;
  readonly killSignal?: 'SIGTERM' | 'SIGKILL';
}

export interface StartedProcess {
  readonly pid: number;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly control: Duplex | undefined;
  /** Exit code once the program has ended, 128 + n after signal n. Rejects with the abort's reason. */
  readonly ended: Promise<number>;
}

/**
 * Starts a program that does not outlive us: the kernel kills it when the calling thread ends.
 * Its environment is PATH, HOME, LANG, TZ and what `env` adds. Throws `PROGRAM_MISSING`.
 */
export function startProcess(options: StartOptions, signal: AbortSignal): StartedProcess {
  signal.throwIfAborted();
  const subprocess = execa('setpriv', ['--pdeathsig', 'KILL', '--', ...options.argv], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: minimalEnvironment(options.env),
    extendEnv: false,
    stdio: [...options.stdio, ...(options.control === true ? (['pipe'] as const) : [])],
    buffer: false,
    encoding: 'buffer',
    reject: false,
    cancelSignal: signal,
    killSignal: options.killSignal ?? 'SIGTERM',
    forceKillAfterDelay: KILL_DELAY_MS,
    stripFinalNewline: false,
  });
  const control = options.control === true ? (subprocess.stdio[3] as unknown as Duplex | null) : null;
  // A reader that went away is told by the program's exit code.
  for (const stream of [subprocess.stdin, control]) stream?.on('error', () => {});
  return {
    pid: subprocess.pid ?? 0,
    stdin: subprocess.stdin,
    stdout: subprocess.stdout,
    stderr: subprocess.stderr,
    control: control ?? undefined,
    ended: subprocess.then((result) => {
      if (result.isCanceled) throw signal.reason;
      if (subprocess.pid === undefined) throw startFailure('setpriv', result.cause);
      if (result.exitCode !== undefined) return result.exitCode;
      return 128 + signalNumber(result.signal);
    }),
  };
}

/** Programs of the host: see `Processes`. A program that is not there is a `PROGRAM_MISSING`. */
export function createProcesses(): Processes {
  return { run: runProcess, cpuMs };
}

/** USER_HZ of Linux, the unit of proc_pid_stat(5). */
const TICKS_PER_SECOND = 100;

function cpuMs(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  // The second field may hold blanks. cutime and cstime are fields 16 and 17.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[13]) + Number(fields[14])) * 1000) / TICKS_PER_SECOND;
}

async function runProcess(command: HostCommand, signal: AbortSignal): Promise<CommandResult> {
  const [program] = command.argv;
  await assertProgram(program);
  return await collect(
    command,
    (limited) =>
      startProcess(
        {
          argv: command.argv,
          cwd: command.cwd,
          env: command.env,
          stdio: [command.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
        },
        limited,
      ),
    signal,
  );
}

type CollectOptions = Pick<HostCommand, 'stdin' | 'log' | 'timeoutMs' | 'onLine' | 'argv'>;

/**
 * Runs what `start` starts to its end and gathers its output. Throws `PROCESS_TIMED_OUT` after `timeoutMs`,
 * or the reason of `signal`.
 */
export async function collect(
  options: CollectOptions,
  start: (signal: AbortSignal) => StartedProcess | Promise<StartedProcess>,
  signal: AbortSignal,
): Promise<CommandResult> {
  const startedAt = performance.now();
  await using output = await openOutputCollector(options.log, options.onLine);
  using deadline = timeLimit(options.timeoutMs, options.argv[0]);
  const stop = new AbortController();
  const child = await start(AbortSignal.any([signal, deadline.signal, stop.signal]));
  child.stdin?.end(options.stdin ?? '');
  const gatherOrStop = async (stream: StartedProcess['stdout']) => {
    try {
      return await output.gather(stream);
    } catch (error) {
      // A full disk under the log: the program must not wait for a reader that is gone.
      stop.abort(error);
      throw error;
    }
  };
  const [ended, stdout, stderr] = await Promise.allSettled([
    child.ended,
    gatherOrStop(child.stdout),
    gatherOrStop(child.stderr),
  ]);
  if (ended.status === 'rejected') throw ended.reason;
  if (stdout.status === 'rejected') throw stdout.reason;
  if (stderr.status === 'rejected') throw stderr.reason;
  const durationMs = performance.now() - startedAt;
  return { exitCode: ended.value, stdout: stdout.value, stderr: stderr.value, durationMs };
}

function timeLimit(timeoutMs: number | undefined, program: string): { signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const expire = () =>
    controller.abort(
      buildError('PROCESS_TIMED_OUT', `${program} did not end within ${(timeoutMs ?? 0) / 1000} s`),
    );
  const timer = timeoutMs === undefined ? undefined : setTimeout(expire, timeoutMs);
  return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}

function minimalEnvironment(added: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PATH: process.env.PATH === undefined ? HOST_PATH : `${process.env.PATH}:${HOST_PATH}`,
    HOME: process.env.HOME ?? '/',
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    ...added,
  };
}

/** Path of a program of the host, or undefined. Looks in the sbin folders too, as a user's PATH may not. */
export async function findProgram(name: string): Promise<string | undefined> {
  if (name.includes('/')) return (await isExecutable(name)) ? name : undefined;
  for (const folder of `${process.env.PATH ?? ''}:${HOST_PATH}`.split(':')) {
    if (folder !== '' && (await isExecutable(`${folder}/${name}`))) return `${folder}/${name}`;
  }
  return undefined;
}

async function assertProgram(name: string): Promise<void> {
  if ((await findProgram(name)) === undefined) throw startFailure(name, undefined);
}

async function isExecutable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function startFailure(program: string, cause: unknown): Error {
  return hostError('PROGRAM_MISSING', `The program ${program} is not on this host`, {
    hint: `Install the package that has ${program}, or add its folder to PATH.`,
    cause,
  });
}

function signalNumber(name: string | undefined): number {
  return { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGSEGV: 11, SIGPIPE: 13, SIGTERM: 15 }[name ?? ''] ?? 6;
}

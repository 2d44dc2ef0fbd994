import { randomBytes } from 'node:crypto';
import { constants, readFileSync } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Bind, RootCommand } from '../../domain/ports.ts';
import { createProcesses, type StartedProcess, type StartOptions, startProcess } from '../process/run.ts';
import { cleanupSignal, dockerFailure, type Engine } from './engine.ts';

const HOLD = readFileSync(new URL('./hold.sh', import.meta.url), 'utf8');
/** Where a container sees our pipe: on its own tmpfs, which no image keeps. */
const PIPE = '/dev/distrokit';
/** Label of our containers; its value is the session that they belong to. */
export const LABEL = 'distrokit';
/** How long a container may take to notice that we have closed its pipe. */
const END_MS = 5_000;

export interface ContainerOptions {
  readonly image: string;
  readonly binds: readonly Bind[];
  /** `host` for what downloads. */
  readonly network: 'none' | 'host';
  readonly mayMakeDevices?: boolean;
  /** An empty folder of ours. */
  readonly work: string;
  /** Path of the session's folder. */
  readonly session: string;
}

/** A running container. Disposing it ends all that runs in it, and so does our own end, whatever ends us. */
export interface Container extends AsyncDisposable {
  readonly name: string;
  /** Starts a program in it. */
  start(
    command: Pick<RootCommand, 'argv' | 'cwd' | 'interactive'>,
    env: Readonly<Record<string, string>>,
    stdin: 'ignore' | 'pipe',
    signal: AbortSignal,
  ): StartedProcess;
}

/** Starts a container in which nothing runs yet. */
export async function startContainer(
  engine: Engine,
  options: ContainerOptions,
  signal: AbortSignal,
): Promise<Container> {
  signal.throwIfAborted();
  const pipe = join(options.work, 'pipe');
  const { run } = createProcesses();
  const made = await run({ argv: ['mkfifo', '--mode=600', pipe] }, signal);
  if (made.exitCode !== 0) throw new Error(`mkfifo failed: ${made.stderr.trim()}`);
  // As long as this is open the container runs; the kernel closes it when we die.
  const lifeline = await open(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  const name = `distrokit-${randomBytes(8).toString('hex')}`;
  try {
    const args = await runArguments(name, pipe, options);
    // Killed between the making and the start of a container, `docker run` would leave one that never
    // started: it may outlive us, and its container then ends at once.
    const argv = ['setpriv', '--pdeathsig', 'clear', '--', 'setsid', 'docker', ...args] as const;
    const started = await run({ argv, env: engine.env }, cleanupSignal());
    if (started.exitCode !== 0) throw dockerFailure(args, started);
    signal.throwIfAborted();
  } catch (error) {
    await lifeline.close();
    // It may be there without ever having started.
    await engine.run(['rm', '--force', '--volumes', name], cleanupSignal());
    throw error;
  }
  return {
    name,
    start(command, env, stdin, limited) {
      const isInteractive = command.interactive === true;
      const inherited: StartOptions['stdio'] = ['inherit', 'inherit', 'inherit'];
      const argv = execArguments(name, command, env, isInteractive || stdin === 'pipe');
      return startProcess(
        {
          argv: ['docker', ...argv],
          env: engine.env,
          stdio: isInteractive ? inherited : [stdin, 'pipe', 'pipe'],
          killSignal: 'SIGKILL',
        },
        limited,
      );
    },
    [Symbol.asyncDispose]: async () => await endContainer(engine, name, lifeline),
  };
}

/** Ends containers of sessions whose process is gone (label to `isOver`). */
export async function sweepContainers(
  engine: Engine,
  isOver: (session: string) => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  const format = `{{.ID}} {{.Label "${LABEL}"}}`;
  const list = await engine.must(['ps', '--all', '--filter', `label=${LABEL}`, '--format', format], signal);
  for (const line of list.split('\n')) {
    const [id = '', session = ''] = line.split(' ');
    if (id !== '' && (await isOver(session))) await engine.run(['rm', '--force', '--volumes', id], signal);
  }
}

async function endContainer(engine: Engine, name: string, lifeline: FileHandle): Promise<void> {
  await lifeline.close();
  const signal = cleanupSignal();
  const ended = await engine
    .run(['wait', name], AbortSignal.any([signal, AbortSignal.timeout(END_MS)]))
    .catch(() => undefined);
  // Gone already, or going: `--rm` removes it.
  if (ended !== undefined && (ended.exitCode === 0 || /No such container/.test(ended.stderr))) return;
  await engine.run(['rm', '--force', '--volumes', name], signal);
}

async function runArguments(name: string, pipe: string, options: ContainerOptions): Promise<string[]> {
  const binds: Bind[] = [{ source: pipe, target: PIPE, writable: true }, ...options.binds];
  const mounts = await Promise.all(
    binds.map(async (bind) => mountOption({ ...bind, source: await realpath(bind.source) })),
  );
  return [
    ...['run', '--detach', '--rm', '--pull', 'never', '--name', name],
    ...['--label', `${LABEL}=${basename(options.session)}`, '--log-driver', 'none'],
    ...['--network', options.network, ...(options.network === 'host' ? [] : ['--hostname', 'build'])],
    // What a sandbox of user namespaces may do: mounts of its own, all system calls, but no devices.
    ...['--cap-add', 'SYS_ADMIN', '--userns', 'host'],
    ...(options.mayMakeDevices === true ? [] : ['--cap-drop', 'MKNOD']),
    ...['apparmor=unconfined', 'seccomp=unconfined', 'label=disable'].flatMap((one) => [
      '--security-opt',
      one,
    ]),
    ...['--shm-size', '2g'],
    ...mounts.flatMap((mount) => ['--mount', mount]),
    ...[options.image, '/bin/sh', '-c', HOLD, 'hold', PIPE],
  ];
}

/** A bind as one line of CSV, as `--mount` reads it. */
export function mountOption({ source, target, writable }: Bind): string {
  const fields = ['type=bind', `source=${source}`, `target=${target}`, ...(writable ? [] : ['readonly'])];
  return fields.map((field) => (/[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',');
}

function execArguments(
  name: string,
  { argv, cwd, interactive }: Pick<RootCommand, 'argv' | 'cwd' | 'interactive'>,
  env: Readonly<Record<string, string>>,
  hasInput: boolean,
): string[] {
  const isTerminal = interactive === true && process.stdin.isTTY && process.stdout.isTTY;
  const variables = Object.entries(env).map(([key, value]) => `${key}=${value}`);
  return [
    ...['exec', ...(hasInput ? ['--interactive'] : []), ...(isTerminal ? ['--tty'] : [])],
    ...['--workdir', cwd ?? '/', name, '/usr/bin/env', '--ignore-environment', ...variables, ...argv],
  ];
}

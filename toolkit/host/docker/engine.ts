import { userInfo } from 'node:os';
import { z } from 'zod';
import { hostError, type ToolkitError } from '../../domain/errors.ts';
import type { CommandResult } from '../../domain/ports.ts';
import { collect, createProcesses, startProcess } from '../process/run.ts';

/** Which engine the user means, docker(1). */
const VARIABLES = [
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  'DOCKER_CONFIG',
  'DOCKER_TLS_VERIFY',
  'DOCKER_CERT_PATH',
  'XDG_RUNTIME_DIR',
];
/** Cleaning up takes no signal of the user's; this is its own limit. */
const CLEANUP_LIMIT_MS = 300_000;

/** Docker's engine, through its command line. */
export interface Engine {
  /** Whether containers' uid 0 is the host's root, and not us: their files are root's then. */
  readonly rootful: boolean;
  /** Of every `docker` process. */
  readonly env: Readonly<Record<string, string>>;
  /** `docker ARGS`; a non-zero exit code is a result. */
  run(args: readonly string[], signal: AbortSignal): Promise<CommandResult>;
  /** `docker ARGS`; gives what it printed. Throws `DOCKER_FAILED`. */
  must(args: readonly string[], signal: AbortSignal): Promise<string>;
  /** `docker ARGS` with a stream as its input. Throws `DOCKER_FAILED`. */
  feed(args: readonly string[], input: NodeJS.ReadableStream, signal: AbortSignal): Promise<string>;
}

const infoSchema = z.looseObject({
  ServerVersion: z.string().optional(),
  OSType: z.string().optional(),
  Architecture: z.string().optional(),
  SecurityOptions: z.array(z.string()).nullish(),
});

/** Finds the engine. Throws `DOCKER_UNREACHABLE`, `DOCKER_UNFIT` or `PROGRAM_MISSING`. */
export async function connectEngine(
  signal: AbortSignal,
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Engine> {
  const env: Record<string, string> = {};
  for (const name of VARIABLES) {
    const value = variables[name];
    if (value !== undefined) env[name] = value;
  }
  const { run } = createProcesses();
  const info = await run({ argv: ['docker', 'info', '--format', '{{json .}}'], env }, signal);
  const facts = parseInfo(info.stdout);
  if (!facts?.ServerVersion) throw unreachable(`${info.stdout}\n${info.stderr}`);
  if (facts.OSType !== 'linux' || !/^(x86_64|amd64)$/.test(facts.Architecture ?? '')) {
    throw hostError(
      'DOCKER_UNFIT',
      `Docker's engine runs ${facts.OSType} containers on ${facts.Architecture}, and builds need linux on x86_64`,
      { hint: 'Name another engine with DOCKER_HOST or docker context.' },
    );
  }
  const isOurs = facts.SecurityOptions?.some((option) => option.includes('name=rootless')) ?? false;
  const docker = (args: readonly string[]) => ['docker', ...args] as const;
  return {
    rootful: !isOurs,
    env,
    run: async (args, limited) => await run({ argv: docker(args), env }, limited),
    must: async (args, limited) => success(args, await run({ argv: docker(args), env }, limited)),
    async feed(args, input, limited) {
      const broken = new AbortController();
      const start = (within: AbortSignal) => {
        const child = startProcess(
          { argv: docker(args), env, stdio: ['pipe', 'pipe', 'pipe'], killSignal: 'SIGKILL' },
          within,
        );
        // An input that ends early must not look like one that is complete.
        input.on('error', (error) => broken.abort(error));
        input.pipe(child.stdin!);
        return { ...child, stdin: null };
      };
      return success(
        args,
        await collect({ argv: docker(args) }, start, AbortSignal.any([limited, broken.signal])),
      );
    },
  };
}

/** For what has to happen after an interruption too. */
export function cleanupSignal(): AbortSignal {
  return AbortSignal.timeout(CLEANUP_LIMIT_MS);
}

function parseInfo(text: string) {
  try {
    return infoSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function success(args: readonly string[], result: CommandResult): string {
  if (result.exitCode === 0) return result.stdout.trim();
  throw dockerFailure(args, result);
}

/** `DOCKER_FAILED`: what the engine said when it did not do what it does for us otherwise. */
export function dockerFailure(args: readonly string[], result: CommandResult): ToolkitError {
  const said = result.stderr.trim().split('\n').slice(-10).join('\n');
  return hostError('DOCKER_FAILED', `docker ${args[0]} failed (${result.exitCode}): ${said}`, {
    hint: "Look at the engine's log (journalctl -u docker) and at the room on its disk (docker system df).",
  });
}

/** What keeps us from the engine, and the remedy. */
export function unreachable(said: string) {
  const refused = /permission denied/i.test(said);
  const reason = /(Cannot connect|permission denied|error during connect|failed to connect)[^"\n]*/i.exec(
    said,
  )?.[0];
  return hostError(
    'DOCKER_UNREACHABLE',
    `Docker's engine cannot be used: ${reason ?? (said.trim().split('\n').at(-1) || 'it does not answer')}`,
    {
      hint: refused
        ? `Run: sudo usermod -aG docker ${userInfo().username} (and log in again).`
        : 'Run: sudo systemctl start docker (without systemd: sudo dockerd), or name the engine with DOCKER_HOST.',
      docs: 'docs/how-it-works/1-roots.md',
    },
  );
}

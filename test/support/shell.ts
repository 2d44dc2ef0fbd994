import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

/** How this host reaches the world: what a command keeps of our own environment. */
const KEPT = [
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'NODE_EXTRA_CA_CERTS',
  'npm_config_registry',
  'npm_config_cafile',
  'DEBIAN_MIRROR',
] as const;

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Called with the process once it runs, to kill it for example. */
  readonly onStart?: (pid: number) => void;
  /** Called with what has come on stdout since the last time. */
  readonly onOutput?: (text: string) => void;
}

/** Runs a program to its end and gives all it said. Never throws for an exit code. */
export function run(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0], argv.slice(1), {
      cwd: options.cwd,
      env: {
        ...kept(),
        PATH: hostPath(),
        HOME: process.env.HOME ?? '/root',
        LANG: 'C.UTF-8',
        ...options.env,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      options.onOutput?.(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve({ code: code ?? (signal === null ? -1 : 137), stdout, stderr }),
    );
    child.stdin.on('error', () => undefined).end(options.input ?? '');
    if (child.pid !== undefined) options.onStart?.(child.pid);
  });
}

function kept(): Record<string, string> {
  return Object.fromEntries(KEPT.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/** PATH as a user has it: the Node that runs the tests is ours, and npm would look for its settings there. */
function hostPath(): string {
  const ours = resolve(import.meta.dirname, '../../node_modules');
  return (process.env.PATH ?? '')
    .split(':')
    .filter((folder) => !folder.startsWith(`${ours}/`))
    .join(':');
}

/** As `run`, but an exit code other than 0 throws with the end of what was said. */
export async function must(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<Run> {
  const result = await run(argv, options);
  if (result.code !== 0) {
    const said = `${result.stdout.slice(-4000)}\n${result.stderr.slice(-6000)}`;
    throw new Error(`${argv.join(' ')} ended with ${result.code}:\n${said}`);
  }
  return result;
}

import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';

/** What a command and all that it started cost. */
export interface Cost {
  /** Wall seconds. */
  readonly seconds: number;
  /** User and system seconds of all processes. */
  readonly cpuSeconds: number;
  /** Highest sum of resident memory of all processes at a time, in MiB; what they share counts for each. */
  readonly peakMib: number;
  readonly stdout: string;
}

export interface CostOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Exit codes that are no failure; 0 alone where nothing is said. */
  readonly accepted?: readonly number[];
}

const SAMPLE_MS = 100;
/** bash tells what its children took, the last of two lines: `0m1.234s 0m0.456s`. */
export const WITH_TIMES = '"$@"; status=$?; times >&2; exit $status';

/** Runs a command to its end; throws with the end of what it said when it fails. */
export async function costOf(argv: readonly string[], options: CostOptions): Promise<Cost> {
  const start = performance.now();
  const child = spawn('bash', ['-c', WITH_TIMES, 'times', ...argv], {
    cwd: options.cwd,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', LANG: 'C.UTF-8', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const parts: string[] = [];
  let stderr = '';
  let peakMib = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => parts.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-4000);
  });
  const timer = setInterval(async () => {
    peakMib = Math.max(peakMib, await residentMib(child.pid ?? 0));
  }, SAMPLE_MS);
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve(status ?? -1));
  });
  clearInterval(timer);
  const seconds = (performance.now() - start) / 1000;
  const stdout = parts.join('');
  if (!(options.accepted ?? [0]).includes(code)) {
    throw new Error(`${argv.join(' ')} ended with ${code}\n${stdout.slice(-2000)}\n${stderr}`);
  }
  return { seconds, cpuSeconds: childrenSeconds(stderr), peakMib, stdout };
}

/** The last line of bash's `times`. */
export function childrenSeconds(text: string): number {
  const found = [...text.matchAll(/^(\d+)m([\d.]+)s (\d+)m([\d.]+)s$/gm)].at(-1);
  if (found === undefined) throw new Error(`bash told no times: ${text.slice(-500)}`);
  const [, userMinutes, user, systemMinutes, system] = found.map(Number);
  return userMinutes! * 60 + user! + systemMinutes! * 60 + system!;
}

async function residentMib(parent: number): Promise<number> {
  const children = new Map<number, number[]>();
  const resident = new Map<number, number>();
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    // It may end while we look.
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    const from = Number(/^PPid:\t(\d+)/m.exec(status)?.[1]);
    children.set(from, [...(children.get(from) ?? []), Number(pid)]);
    resident.set(Number(pid), Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024);
  }
  let sum = 0;
  const waiting = [parent];
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    sum += resident.get(pid) ?? 0;
    waiting.push(...(children.get(pid) ?? []));
  }
  return sum;
}

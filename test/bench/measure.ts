import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createProcesses } from '../../toolkit/host/process/run.ts';

export interface Measured {
  /** Wall seconds. */
  readonly seconds: number;
  /** Highest resident memory of the process itself, in MiB. */
  readonly peakMib: number;
  readonly stdout: string;
}

/** Runs a command to its end and measures it; throws with the end of its output when it fails. */
export async function measure(
  argv: readonly [string, ...string[]],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<Measured> {
  const start = performance.now();
  const child = spawn(argv[0], argv.slice(1), {
    cwd,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', LANG: 'C.UTF-8', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  let peakMib = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-4000);
  });
  const sample = async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    peakMib = Math.max(peakMib, Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024);
  };
  const timer = setInterval(sample, 50);
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve(status ?? -1));
  });
  clearInterval(timer);
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}\n${stdout.slice(-2000)}\n${stderr}`);
  return { seconds, peakMib, stdout };
}

/** What the loop takes on the machine that the targets were set on: wall seconds, and those of processors. */
export const REFERENCE = { seconds: 0.6, cpuSeconds: 0.58 };

export interface Calibration {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** How much slower this machine is right now than the reference (above 1: slower), by wall time. */
  readonly factor: number;
  /** The same by processor time, which others who use the machine do not add to. */
  readonly cpuFactor: number;
}

/** Measures a fixed amount of hashing and of starting processes. */
export function calibrate(): Calibration {
  const start = performance.now();
  const before = cpuSeconds();
  const block = Buffer.alloc(1 << 20, 'distrokit');
  const hash = createHash('sha256');
  for (let count = 0; count < 384; count += 1) hash.update(block);
  hash.digest();
  for (let count = 0; count < 200; count += 1) spawnSync('/bin/true');
  const taken = { seconds: (performance.now() - start) / 1000, cpuSeconds: cpuSeconds() - before };
  return {
    ...taken,
    factor: taken.seconds / REFERENCE.seconds,
    cpuFactor: taken.cpuSeconds / REFERENCE.cpuSeconds,
  };
}

/** Processor seconds of this process and of those that it started and that ended. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + createProcesses().cpuMs() / 1000;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

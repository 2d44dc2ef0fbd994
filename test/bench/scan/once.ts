/**
 * One scan and graph in a process of its own, as one run of the toolkit is: `node once.ts REQUEST`, where
 * REQUEST is a ScanRun as JSON. Prints a Scanned as JSON.
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isScanFailure } from '../../../toolkit/domain/spec.ts';
import type { Target } from '../../../toolkit/domain/target.ts';
import { createHost } from '../../../toolkit/host/host.ts';
import { createSpecScanner } from '../../../toolkit/host/scanner/scanner.ts';
import { scansToGraph } from '../../../toolkit/stages/scans-to-graph/index.ts';
import { scanSpecs } from '../../../toolkit/stages/specs-to-scans/index.ts';

export interface ScanRun {
  readonly cacheDir: string;
  readonly folder: string;
  readonly macroFiles: readonly string[];
}

export interface Scanned {
  readonly specs: number;
  /** How many were parsed now. */
  readonly parsed: number;
  readonly failed: number;
  /** Wall seconds of the scan, and of resolving the graph. */
  readonly scanSeconds: number;
  readonly graphSeconds: number;
  /** User and system seconds of this process and all that it started. */
  readonly cpuSeconds: number;
}

export const TARGET: Target = { arch: 'x86_64', distTag: '.dk1', macros: [], rpmVersion: '4.20.1' };
const CHECKOUT = resolve(import.meta.dirname, '../../..');
/** Of /proc/PID/stat: the kernel's USER_HZ, fixed at 100 on Linux. */
const TICKS_PER_SECOND = 100;

if (process.argv[1] === import.meta.filename) {
  process.stdout.write(JSON.stringify(await scanOnce(JSON.parse(process.argv[2]!) as ScanRun)));
}

async function scanOnce(run: ScanRun): Promise<Scanned> {
  const signal = new AbortController().signal;
  const events = { emit: () => undefined };
  await using host = await createHost({
    cacheDir: run.cacheDir,
    toolchain: 'userns',
    locked: false,
    chrootDir: resolve(CHECKOUT, 'chroot'),
    events,
  });
  const scanner = createSpecScanner(host, await host.roots.base('worker', signal));
  const start = performance.now();
  const request = { folder: run.folder, target: TARGET, defines: [], macroFiles: run.macroFiles };
  const { results, scanned } = await scanSpecs(request, scanner, { events }, signal);
  const between = performance.now();
  scansToGraph({ scans: results, arch: TARGET.arch, pools: [] }, { events });
  const end = performance.now();
  return {
    specs: results.length,
    parsed: scanned,
    failed: results.filter(isScanFailure).length,
    scanSeconds: (between - start) / 1000,
    graphSeconds: (end - between) / 1000,
    cpuSeconds: await cpuSeconds(),
  };
}

/** utime, stime, cutime and cstime of proc_pid_stat(5): fields 14 to 17; the second may hold blanks. */
async function cpuSeconds(): Promise<number> {
  const stat = await readFile('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
}

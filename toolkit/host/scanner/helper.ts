import { availableParallelism } from 'node:os';
import { buildError } from '../../domain/errors.ts';
import type { Bind, Ports, Root } from '../../domain/ports.ts';
import type { SpecScanRequest } from '../../domain/spec-scanner.ts';
import { targetDefines } from '../../domain/target.ts';
import { lastLines } from '../../domain/text.ts';
import { type HelperScan, parseScanLine } from './result.ts';
import { SCAN_PROGRAM, SCAN_READS } from './root.ts';

export interface ScannerOptions {
  /** Processes that parse at a time; as many as the machine has processors. */
  readonly jobs?: number;
  /** Seconds a spec may take; 30. */
  readonly timeoutSeconds?: number;
  /** MiB of address space a parse may take; 1024. */
  readonly memoryMib?: number;
}

export const DEFAULT_MEMORY_MIB = 1024;

/** Where a scan root shows the specs folder. */
const SPECS = '/specs';
const VERSIONS = '/build/macros.versions';

export interface HelperRun {
  readonly request: SpecScanRequest;
  readonly root: Root;
  readonly options: ScannerOptions;
  /** Macro file on the host that is read after all others. */
  readonly versions: string | undefined;
}

/**
 * Runs the scan helper in a throw-away copy of the root, without a network and with the specs read-only.
 * Throws `SPEC_NAME_INVALID`, and `SCAN_FAILED` when it does not tell of each spec.
 */
export async function runScanHelper(
  { request, root, options, versions }: HelperRun,
  specs: readonly string[],
  roots: Ports['roots'],
  signal: AbortSignal,
): Promise<readonly HelperScan[]> {
  const bad = specs.find((spec) => spec.includes('\n'));
  if (bad !== undefined) {
    throw buildError('SPEC_NAME_INVALID', `The name of a spec has a line break: ${JSON.stringify(bad)}`);
  }
  const binds: Bind[] = [{ source: request.folder, target: SPECS, writable: false }];
  if (versions !== undefined) binds.push({ source: versions, target: VERSIONS, writable: false });
  const results: HelperScan[] = [];
  const result = await roots.run(
    root,
    {
      argv: [
        SCAN_PROGRAM,
        ...['--root', SPECS, '--target', request.target.arch],
        ...targetDefines({ ...request.target, macros: [...request.target.macros, ...request.defines] }),
        ...(versions === undefined ? [] : ['--load', VERSIONS]),
        ...['--jobs', String(options.jobs ?? availableParallelism())],
        ...['--timeout', String(options.timeoutSeconds ?? 30)],
        ...['--memory', String(options.memoryMib ?? DEFAULT_MEMORY_MIB)],
      ],
      env: { LD_PRELOAD: SCAN_READS, LD_BIND_NOW: '1', DISTROKIT_READS: SPECS },
      binds,
      stdin: specs.map((spec) => `${spec}\n`).join(''),
      onLine: (line) => {
        // The helper's own complaints come by the same way.
        const answer = parseScanLine(line, specs);
        if (answer !== undefined) results.push(answer);
      },
    },
    signal,
  );
  if (result.exitCode !== 0 || results.length !== specs.length) {
    const cause = lastLines(result.stderr, 5) || `it ended with status ${result.exitCode}`;
    const told = `${results.length} of ${specs.length} specs`;
    throw buildError('SCAN_FAILED', `The scan helper told of ${told}: ${cause}`);
  }
  return results;
}

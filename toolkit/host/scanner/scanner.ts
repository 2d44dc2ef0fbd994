import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { actionKey } from '../../domain/action-key.ts';
import { buildError } from '../../domain/errors.ts';
import type { Bind, Ports, Root } from '../../domain/ports.ts';
import type { SpecScanResult } from '../../domain/spec.ts';
import { isScanFailure } from '../../domain/spec.ts';
import type { SpecScanner, SpecScanReport, SpecScanRequest } from '../../domain/spec-scanner.ts';
import { targetDefines, targetKey } from '../../domain/target.ts';
import { byCodeUnit, lastLines } from '../../domain/text.ts';
import type { ScanEnvironment } from './cache.ts';
import { loadScanCache, saveScanCache } from './cache.ts';
import { specKeys } from './keys.ts';
import { parseScanLine } from './result.ts';
import { SCAN_PROGRAM, scannerRoot } from './root.ts';

export interface ScannerOptions {
  /** Processes that parse at a time; as many as the machine has processors. */
  readonly jobs?: number;
  /** Seconds a spec may take; 30. */
  readonly timeoutSeconds?: number;
  /** MiB of address space a parse may take; 1024. */
  readonly memoryMib?: number;
}

/**
 * The scanner of a worker root: parses with that root's rpm, in a throw-away copy of it, without a network
 * and with the specs read-only. What was parsed before under the same circumstances is not parsed again.
 */
export function createSpecScanner(
  ports: Pick<Ports, 'roots' | 'store' | 'digests'>,
  worker: Root,
  options: ScannerOptions = {},
): SpecScanner {
  return {
    async scan(request, signal) {
      const root = await scannerRoot(worker, ports.roots, signal);
      const environment = await scanEnvironment(request, root, options, ports);
      return await scanCached({ request, root, environment, options }, ports, signal);
    },
  };
}

interface Run {
  readonly request: SpecScanRequest;
  readonly root: Root;
  readonly environment: ScanEnvironment;
  readonly options: ScannerOptions;
}

async function scanCached(
  run: Run,
  ports: Pick<Ports, 'roots' | 'store' | 'digests'>,
  signal: AbortSignal,
): Promise<SpecScanReport> {
  const { request, environment } = run;
  const [cache, keys] = await Promise.all([
    loadScanCache(ports.store, request.folder, environment),
    specKeys(request.folder, request.specs, actionKey('environment', environment), ports.digests, signal),
  ]);
  const results = new Map<string, SpecScanResult>();
  for (const [spec, key] of keys) {
    const known = key === undefined ? undefined : cache.known.get(key);
    if (known !== undefined) {
      results.set(spec, known);
    }
  }
  const unknown = [...new Set(request.specs)].filter((spec) => !results.has(spec)).sort(byCodeUnit);
  for (const result of unknown.length === 0 ? [] : await parseSpecs(run, unknown, ports.roots, signal)) {
    results.set(result.spec, result);
  }
  const sorted = [...results.values()].sort((a, b) => byCodeUnit(a.spec, b.spec));
  if (unknown.length > 0 || cache.changed.length > 0) {
    const kept = sorted.flatMap((result): [string, SpecScanResult][] => {
      const key = keys.get(result.spec);
      return key === undefined || !isRepeatable(result) ? [] : [[key, result]];
    });
    await saveScanCache(ports.store, request.folder, environment, new Map(kept), signal);
  }
  const reason = cache.changed.length > 0 ? `changed: ${cache.changed.join(', ')}` : undefined;
  return { results: sorted, scanned: unknown.length, reason: unknown.length > 0 ? reason : undefined };
}

/** Limits of time and memory may not be met the next time. */
function isRepeatable(result: SpecScanResult): boolean {
  return !isScanFailure(result) || !/^(not parsed within|rpm (was ended|ended) )/.test(result.error.message);
}

async function scanEnvironment(
  request: SpecScanRequest,
  root: Root,
  options: ScannerOptions,
  ports: Pick<Ports, 'digests'>,
): Promise<ScanEnvironment> {
  const environment: Record<string, string> = {
    'the scanner or its root': root.key,
    'the target': actionKey('target', targetKey(request.target)),
    'memory limit': String(options.memoryMib ?? 1024),
  };
  for (const { name, body } of request.defines) {
    environment[`%${name}`] = body;
  }
  for (const [at, path] of request.macroFiles.entries()) {
    environment[`macro file ${at + 1} ${basename(path)}`] = (await ports.digests.digest(path)).sha256;
  }
  return environment;
}

async function parseSpecs(
  { request, root, options }: Run,
  specs: readonly string[],
  roots: Ports['roots'],
  signal: AbortSignal,
): Promise<readonly SpecScanResult[]> {
  const bad = specs.find((spec) => spec.includes('\n'));
  if (bad !== undefined) {
    throw buildError('SPEC_NAME_INVALID', `The name of a spec has a line break: ${JSON.stringify(bad)}`);
  }
  const macros = request.macroFiles.map((source, at): Bind => {
    return { source, target: `/build/macros/${at}-${basename(source)}`, writable: false };
  });
  const results: SpecScanResult[] = [];
  const result = await roots.run(
    root,
    {
      argv: [
        SCAN_PROGRAM,
        ...['--root', '/specs', '--target', request.target.arch],
        ...targetDefines({ ...request.target, macros: [...request.target.macros, ...request.defines] }),
        ...macros.flatMap(({ target }) => ['--load', target]),
        ...['--jobs', String(options.jobs ?? availableParallelism())],
        ...['--timeout', String(options.timeoutSeconds ?? 30)],
        ...['--memory', String(options.memoryMib ?? 1024)],
      ],
      binds: [{ source: request.folder, target: '/specs', writable: false }, ...macros],
      stdin: specs.map((spec) => `${spec}\n`).join(''),
      onLine: (line) => {
        // The helper's own complaints come by the same way.
        if (line.startsWith('{')) {
          results.push(parseScanLine(line));
        }
      },
    },
    signal,
  );
  if (result.exitCode !== 0 || results.length !== specs.length) {
    const cause = lastLines(result.stderr, 5) || `it ended with status ${result.exitCode}`;
    throw buildError(
      'SCAN_FAILED',
      `The scan helper told of ${results.length} of ${specs.length} specs: ${cause}`,
    );
  }
  return results;
}

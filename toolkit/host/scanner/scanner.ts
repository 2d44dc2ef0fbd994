import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { actionKey } from '../../domain/action-key.ts';
import type { Ports, Root } from '../../domain/ports.ts';
import type { SpecScanResult } from '../../domain/spec.ts';
import { isScanFailure } from '../../domain/spec.ts';
import type { SpecScanner, SpecScanReport, SpecScanRequest } from '../../domain/spec-scanner.ts';
import { byCodeUnit } from '../../domain/text.ts';
import { mentionedVersionMacros, versionMacros } from '../../domain/version-macros.ts';
import { type KeptScan, loadScanCache, type ScanCache, saveScanCache } from './cache.ts';
import { digestFiles, scanEnvironment } from './environment.ts';
import { DEFAULT_MEMORY_MIB, runScanHelper, type ScannerOptions } from './helper.ts';
import { specKeys } from './keys.ts';
import { createReadStates, type ReadState } from './reads.ts';
import type { HelperScan } from './result.ts';
import { distroRoot, scannerRoot } from './root.ts';

type ScanPorts = Pick<Ports, 'roots' | 'store' | 'digests'>;

/**
 * The scanner of a worker root: parses with that root's rpm, in a throw-away copy of it, without a network
 * and with the specs read-only. What was parsed before under the same circumstances is not parsed again.
 */
export function createSpecScanner(ports: ScanPorts, worker: Root, options: ScannerOptions = {}): SpecScanner {
  return {
    async scan(request, signal) {
      const helperRoot = await scannerRoot(worker, ports.roots, signal);
      const files = await digestFiles(request, ports.digests);
      const root = await distroRoot(helperRoot, request, files, ports.roots, signal);
      const environment = scanEnvironment(
        request,
        helperRoot,
        files,
        options.memoryMib ?? DEFAULT_MEMORY_MIB,
      );
      const [cache, keys] = await Promise.all([
        loadScanCache(ports.store, request.folder, environment),
        specKeys(request.folder, request.specs, actionKey('environment', environment), ports.digests, signal),
      ]);
      const states = createReadStates(request.folder, ports.digests);
      const run: Run = { request, root, options, cache, keys, states, ports, signal };
      const { results, kept, scanned } = await scanPasses(run);
      if (scanned.size > 0 || cache.changed.length > 0) {
        await saveScanCache(ports.store, request.folder, environment, keptEntries(kept, keys), signal);
      }
      return { results, scanned: scanned.size, reason: scanned.size > 0 ? reasonOf(cache) : undefined };
    },
  };
}

function reasonOf({ changed }: ScanCache): string | undefined {
  if (changed.length === 0) return undefined;
  const more = changed.length > 5 ? ` and ${changed.length - 5} more` : '';
  return `changed: ${changed.slice(0, 5).join(', ')}${more}`;
}

interface Run {
  readonly request: SpecScanRequest;
  readonly root: Root;
  readonly options: ScannerOptions;
  readonly cache: ScanCache;
  readonly keys: ReadonlyMap<string, string | undefined>;
  readonly states: (path: string) => Promise<ReadState>;
  readonly ports: ScanPorts;
  readonly signal: AbortSignal;
}

/** A result of this run; undefined `reads`: it cannot be kept. */
interface Scanned extends Omit<KeptScan, 'reads'> {
  readonly reads: KeptScan['reads'] | undefined;
}

/** Versions that depend on versions that depend on versions: more is a circle. */
const MAX_PASSES = 5;

/**
 * All specs without version macros; then those that mention one, with the versions that gave; and again while
 * that changes a version that is mentioned. Two passes do, where no version depends on another.
 */
async function scanPasses(run: Run): Promise<{
  readonly results: SpecScanReport['results'];
  readonly kept: readonly Scanned[];
  readonly scanned: ReadonlySet<string>;
}> {
  const { specs, versionMacros: prefix, target } = run.request;
  const scanned = new Set<string>();
  const latest = new Map(await scanPass(run, new Set(specs), new Map(), scanned));
  const kept = [...latest.values()];
  for (let pass = 2; prefix !== undefined && pass <= MAX_PASSES; pass += 1) {
    const macros = versionMacros(sortedResults(latest), prefix, target.distTag);
    const outdated = [...latest.values()].filter((one) => !hasValues(one, macros));
    if (outdated.length === 0) break;
    const again = await scanPass(run, new Set(outdated.map(({ result }) => result.spec)), macros, scanned);
    for (const [spec, one] of again) latest.set(spec, one);
    kept.push(...again.values());
  }
  return { results: sortedResults(latest), kept, scanned };
}

function sortedResults(scans: ReadonlyMap<string, Scanned>): readonly SpecScanResult[] {
  return [...scans.values()].map(({ result }) => result).sort((a, b) => byCodeUnit(a.spec, b.spec));
}

/** Whether a scan was made with these values of the version macros that it mentions. */
function hasValues({ macros }: Pick<KeptScan, 'macros'>, values: ReadonlyMap<string, string>): boolean {
  return Object.entries(macros).every(([name, body]) => body === (values.get(name) ?? null));
}

/** What is said of each spec with these version macros, from the cache or by rpm now. */
async function scanPass(
  run: Run,
  specs: ReadonlySet<string>,
  values: ReadonlyMap<string, string>,
  scanned: Set<string>,
): Promise<ReadonlyMap<string, Scanned>> {
  const found = new Map<string, Scanned>();
  for (const spec of specs) {
    const key = run.keys.get(spec);
    const known = key === undefined ? undefined : await findKept(run, key, values);
    if (known !== undefined) found.set(spec, known);
  }
  const unknown = [...specs].filter((spec) => !found.has(spec)).sort(byCodeUnit);
  if (unknown.length === 0) return found;
  const versions = values.size === 0 ? undefined : await storeMacros(run, values);
  for (const scan of await runScanHelper({ ...run, versions }, unknown, run.ports.roots, run.signal)) {
    scanned.add(scan.result.spec);
    found.set(scan.result.spec, await describeScan(run, scan, values));
  }
  return found;
}

async function findKept(
  { cache, states }: Run,
  key: string,
  values: ReadonlyMap<string, string>,
): Promise<KeptScan | undefined> {
  for (const kept of cache.known.get(key) ?? []) {
    if (hasValues(kept, values) && (await sameReads(kept.reads, states))) return kept;
  }
  return undefined;
}

async function sameReads(reads: KeptScan['reads'], states: Run['states']): Promise<boolean> {
  for (const [path, state] of Object.entries(reads)) {
    if ((await states(path)) !== state) return false;
  }
  return true;
}

async function storeMacros({ ports, signal }: Run, values: ReadonlyMap<string, string>): Promise<string> {
  const text = [...values].map(([name, body]) => `%${name} ${body}\n`).join('');
  const bytes = async function* () {
    yield Buffer.from(text);
  };
  const { sha256 } = await ports.store.putStream(bytes(), undefined, signal);
  const path = await ports.store.find(sha256);
  if (path === undefined) throw new Error(`the store lost ${sha256}`);
  return path;
}

async function describeScan(
  { request, states }: Run,
  { result, reads: paths }: HelperScan,
  values: ReadonlyMap<string, string>,
): Promise<Scanned> {
  const { versionMacros: prefix } = request;
  const macros: Record<string, string | null> = {};
  for (const path of prefix === undefined ? [] : [result.spec, ...(paths ?? [])]) {
    const text = await readFile(join(request.folder, path), 'latin1').catch(() => '');
    for (const name of mentionedVersionMacros(text, prefix!)) macros[name] = values.get(name) ?? null;
  }
  if (paths === null) return { result, reads: undefined, macros };
  const reads: Record<string, ReadState> = {};
  for (const path of paths.toSorted(byCodeUnit)) reads[path] = await states(path);
  return { result, reads, macros };
}

function* keptEntries(
  scans: readonly Scanned[],
  keys: ReadonlyMap<string, string | undefined>,
): Generator<readonly [string, KeptScan]> {
  for (const { result, reads, macros } of scans) {
    const key = keys.get(result.spec);
    if (key !== undefined && reads !== undefined && isRepeatable(result))
      yield [key, { result, reads, macros }];
  }
}

/** Limits of time and memory may not be met the next time. */
function isRepeatable(result: SpecScanResult): boolean {
  return !isScanFailure(result) || !/^(not parsed within|rpm (was ended|ended) )/.test(result.error.message);
}

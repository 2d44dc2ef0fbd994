import { readFile } from 'node:fs/promises';
import { actionKey } from '../../domain/action-key.ts';
import type { Store } from '../../domain/ports.ts';
import type { SpecScanResult } from '../../domain/spec.ts';
import { byCodeUnit } from '../../domain/text.ts';
import type { ReadState } from './reads.ts';

/** What decides all results of a run beside the specs themselves, in parts that can be named to a person. */
export type ScanEnvironment = Readonly<Record<string, string>>;

/** A result, and what decided it beside its key. */
export interface KeptScan {
  readonly result: SpecScanResult;
  /** Files outside of the spec's folder that the parse looked at, and what they were. */
  readonly reads: Readonly<Record<string, ReadState>>;
  /** Version macros that the spec mentions: their values, or null where there was none. */
  readonly macros: Readonly<Record<string, string | null>>;
}

export interface ScanCache {
  /** Results by the key of their spec: one for each set of version macros. */
  readonly known: ReadonlyMap<string, readonly KeptScan[]>;
  /** What of the environment is different from the last run on this folder. */
  readonly changed: readonly string[];
}

/** Raised when the form of a result changes. */
const RECIPE = 'spec-scans/2';

/**
 * Reads the results of the last run with the same environment: on this folder, else on any. All of them are
 * one file of the store, a line each, because thousands of small ones take longer to open than to read.
 */
export async function loadScanCache(
  store: Store,
  folder: string,
  environment: ScanEnvironment,
): Promise<ScanCache> {
  const known = new Map<string, KeptScan[]>();
  const stored =
    (await store.action(resultsKey(folder, environment))) ??
    (await store.action(resultsKey('', environment)));
  const digest = stored?.outputs[0]?.digest;
  const path = digest && (await store.find(digest.sha256));
  if (path !== undefined) {
    for (const line of (await readFile(path, 'utf8')).split('\n')) {
      if (line === '') continue;
      // Written by saveScanCache and verified by the store: not parsed by schema again, for speed.
      const kept = JSON.parse(line.slice(65)) as KeptScan;
      known.set(line.slice(0, 64), [...(known.get(line.slice(0, 64)) ?? []), kept]);
    }
  }
  const last = await store.action(lastKey(folder));
  const names = new Set([...Object.keys(last?.facts ?? {}), ...Object.keys(environment)]);
  const changed =
    last === undefined ? [] : [...names].filter((name) => last.facts[name] !== environment[name]).sort();
  return { known, changed };
}

/** Keeps the results of this run in place of those of the last. */
export async function saveScanCache(
  store: Store,
  folder: string,
  environment: ScanEnvironment,
  results: Iterable<readonly [key: string, kept: KeptScan]>,
  signal: AbortSignal,
): Promise<void> {
  // In the order of their keys: the order in which specs were parsed differs from run to run.
  const lines = [...results].map(([key, kept]) => `${key} ${JSON.stringify(kept)}\n`).sort(byCodeUnit);
  const digest = await store.putStream(toStream(lines), undefined, signal);
  const action = { outputs: [{ name: 'scans.jsonl', digest }], facts: { count: lines.length } };
  await store.saveAction(resultsKey(folder, environment), action);
  await store.saveAction(resultsKey('', environment), action);
  await store.saveAction(lastKey(folder), { outputs: [], facts: environment });
}

function resultsKey(folder: string, environment: ScanEnvironment): string {
  return actionKey(RECIPE, { folder, environment });
}

function lastKey(folder: string): string {
  return actionKey(`${RECIPE} environment`, folder);
}

async function* toStream(lines: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const line of lines) yield Buffer.from(line);
}

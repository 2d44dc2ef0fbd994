import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Store } from '../domain/ports.ts';
import type { BuildOutcome } from '../stages/srpms-to-packages/index.ts';
import { replaceFile } from './replace-file.ts';

const FILE = 'durations.json';
const schema = z.record(z.string(), z.number());

/** How long builds took the last time, in milliseconds by source package. They order work, nothing else. */
export async function readDurations(store: Pick<Store, 'root'>): Promise<ReadonlyMap<string, number>> {
  const text = await readFile(join(store.root, FILE), 'utf8').catch(() => '{}');
  const parsed = schema.safeParse(safeJson(text));
  return new Map(Object.entries(parsed.success ? parsed.data : {}));
}

/** Keeps the durations of what was built now. */
export async function rememberDurations(
  store: Pick<Store, 'root'>,
  outcomes: readonly BuildOutcome[],
): Promise<void> {
  const built = outcomes.filter((outcome) => outcome.kind === 'built');
  if (built.length === 0) return;
  const known = new Map(await readDurations(store));
  for (const { name, durationMs } of built) known.set(name, Math.round(durationMs));
  await replaceFile(join(store.root, FILE), `${JSON.stringify(Object.fromEntries([...known].sort()))}\n`);
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ToolkitError } from '../../domain/errors.ts';
import type { ActionResult, Store } from '../../domain/ports.ts';
import { readAction } from './actions.ts';
import type { StoreLayout } from './layout.ts';

export interface ImportSummary {
  readonly actions: number;
  /** Results left out, because their content was missing or damaged. */
  readonly refused: number;
}

/**
 * Copies the action results of another cache into `store`, with their outputs; bytes are hashed on the way.
 * With `names`, only results of packages of these names.
 */
export async function importCache(
  from: StoreLayout,
  store: Store,
  signal: AbortSignal,
  names?: readonly string[],
): Promise<ImportSummary> {
  let actions = 0;
  let refused = 0;
  for (const folder of await readdir(from.actions).catch(() => [])) {
    for (const name of await readdir(join(from.actions, folder))) {
      if (!name.endsWith('.json')) continue;
      signal.throwIfAborted();
      const result = await readAction(join(from.actions, folder, name));
      if (names !== undefined && !names.includes(String(result?.facts.name))) continue;
      if (result !== undefined && (await importOutputs(from, store, result, signal))) {
        await store.saveAction(basename(name, '.json'), result);
        actions += 1;
      } else {
        refused += 1;
      }
    }
  }
  return { actions, refused };
}

async function importOutputs(
  from: StoreLayout,
  store: Store,
  result: ActionResult,
  signal: AbortSignal,
): Promise<boolean> {
  for (const { digest } of result.outputs) {
    if ((await store.find(digest.sha256)) !== undefined) continue;
    try {
      await store.putStream(createReadStream(from.object(digest.sha256)), digest.sha256, signal);
    } catch (error) {
      const isTheirs = error instanceof ToolkitError ? error.code === 'STORE_MISMATCH' : !signal.aborted;
      if (!isTheirs) throw error;
      return false;
    }
  }
  return true;
}

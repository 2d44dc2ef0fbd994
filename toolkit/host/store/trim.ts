import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { removeOldTemporaries } from '../files.ts';
import type { StoreLayout } from './layout.ts';
import type { Usage } from './usage.ts';

/** What was used this recently may be in use by another run. */
const IN_USE_MS = 3_600_000;

export interface TrimSummary {
  readonly removedBytes: number;
  readonly keptBytes: number;
}

/**
 * Deletes least recently used content above the limit; what this or a recent run used stays. What killed
 * runs left half-written goes too.
 */
export async function trimStore(
  layout: StoreLayout,
  usage: Usage,
  limitBytes: number,
  signal: AbortSignal,
): Promise<TrimSummary> {
  const objects: { sha256: string; size: number; lastUsed: number }[] = [];
  for (const folder of await readdir(layout.objects).catch(() => [])) {
    for (const sha256 of await readdir(join(layout.objects, folder))) {
      const stats = await stat(layout.object(sha256));
      const lastUsed = Math.max(await usage.lastUsed(sha256), stats.mtimeMs);
      objects.push({ sha256, size: stats.size, lastUsed });
    }
  }
  for (const parent of [layout.actions, layout.used]) {
    for (const folder of await readdir(parent).catch(() => [])) {
      await removeOldTemporaries(join(parent, folder));
    }
  }
  objects.sort((left, right) => left.lastUsed - right.lastUsed || (left.sha256 < right.sha256 ? -1 : 1));
  let keptBytes = objects.reduce((sum, object) => sum + object.size, 0);
  let removedBytes = 0;
  for (const object of objects) {
    signal.throwIfAborted();
    if (keptBytes <= limitBytes) break;
    if (usage.isMine(object.sha256) || Date.now() - object.lastUsed < IN_USE_MS) continue;
    await rm(layout.object(object.sha256), { force: true });
    await rm(layout.mark(object.sha256), { force: true });
    keptBytes -= object.size;
    removedBytes += object.size;
  }
  return { removedBytes, keptBytes };
}

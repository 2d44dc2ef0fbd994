import { readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import type { ActionResult, FileDigests } from '../../domain/ports.ts';
import { writeFileAtomically } from '../files.ts';
import type { StoreLayout } from './layout.ts';
import type { Usage } from './usage.ts';

const actionSchema = z.strictObject({
  outputs: z.array(
    z.strictObject({
      name: z.string(),
      digest: z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/), size: z.number().int().min(0) }),
    }),
  ),
  facts: z.record(z.string(), z.union([z.string(), z.number()])),
});

/** Reads a stored result. Undefined for one that is missing or damaged. */
export async function readAction(path: string): Promise<ActionResult | undefined> {
  try {
    return actionSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

export function createActions(layout: StoreLayout, digests: FileDigests, usage: Usage) {
  return {
    async find(key: string): Promise<ActionResult | undefined> {
      const result = await readAction(layout.action(key));
      if (result === undefined) return undefined;
      for (const { digest } of result.outputs) {
        const path = layout.object(digest.sha256);
        const found = await digests.digest(path).catch(() => undefined);
        if (found?.sha256 === digest.sha256 && found.size === digest.size) {
          await usage.mark(digest.sha256);
          continue;
        }
        // A damaged object would be taken for its name by find().
        if (found !== undefined) await rm(path, { force: true });
        return undefined;
      }
      return result;
    },
    async save(key: string, result: ActionResult): Promise<void> {
      await writeFileAtomically(layout.action(key), `${JSON.stringify(result)}\n`);
    },
  };
}

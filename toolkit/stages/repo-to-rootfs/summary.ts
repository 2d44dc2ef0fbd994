import { z } from 'zod';
import type { ComposeSummary } from '../../domain/image-job.ts';

const summarySchema = z.strictObject({
  extracts: z.record(z.string(), z.string()),
  size: z.strictObject({ entries: z.int(), bytes: z.int(), blocks: z.int(), holes: z.int() }),
  top: z.strictObject({ mode: z.int(), uid: z.int(), gid: z.int(), mtime: z.int() }),
  notices: z.array(z.string()),
});

/** Reads what the program in the sandbox left as `summary.json`. */
export function readSummary(text: string): ComposeSummary {
  return summarySchema.parse(JSON.parse(text));
}

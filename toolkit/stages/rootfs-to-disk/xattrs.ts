import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { FileXattr } from './types.ts';

const lineSchema = z.object({
  path: z.string(),
  xattrs: z.array(z.object({ name: z.string(), value: z.base64() })),
});

/** mke2fs takes it from the tar itself, and nothing else. */
const KEPT_BY_MKE2FS = 'security.capability';

/** The extended attributes of a manifest that mke2fs does not store, in the manifest's order. */
export async function readLostXattrs(manifest: string): Promise<FileXattr[]> {
  const found: FileXattr[] = [];
  for await (const line of createInterface({ input: createReadStream(manifest) })) {
    // Most lines have none: they are not parsed.
    if (!line.includes('"xattrs":[')) continue;
    const { path, xattrs } = lineSchema.parse(JSON.parse(line));
    for (const { name, value } of xattrs) if (name !== KEPT_BY_MKE2FS) found.push({ path, name, value });
  }
  return found;
}

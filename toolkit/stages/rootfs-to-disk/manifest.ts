import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { latin1Bytes } from '../../domain/image-bytes.ts';
import type { ManifestEntry } from '../../domain/manifest.ts';

const lineSchema = z.object({
  path: z.string(),
  type: z.enum(['file', 'directory', 'symlink', 'hardlink', 'char', 'block', 'fifo', 'socket']),
  mode: z.string().regex(/^[0-7]+$/),
  uid: z.int().min(0),
  gid: z.int().min(0),
  mtime: z.number(),
  size: z.int().min(0).optional(),
  target: z.string().optional(),
  device: z.object({ major: z.int(), minor: z.int() }).optional(),
  xattrs: z.array(z.object({ name: z.string(), value: z.base64() })).optional(),
});

const NO_XATTRS: ManifestEntry['xattrs'] = [];

/** The entries of a manifest's file, in its order, without the digests of contents. */
export async function readManifestEntries(path: string): Promise<ManifestEntry[]> {
  const entries: ManifestEntry[] = [];
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const {
      path: name,
      mode,
      size = 0,
      target,
      device,
      xattrs,
      ...plain
    } = lineSchema.parse(JSON.parse(line));
    entries.push({
      ...plain,
      path: latin1Bytes(name),
      mode: Number.parseInt(mode, 8),
      size,
      ...(target === undefined ? {} : { target: latin1Bytes(target) }),
      ...(device === undefined ? {} : { device }),
      xattrs:
        xattrs?.map(({ name: key, value }) => ({ name: key, value: Buffer.from(value, 'base64') })) ??
        NO_XATTRS,
    });
  }
  return entries;
}

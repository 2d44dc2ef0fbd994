import { createReadStream } from 'node:fs';
import { relative } from 'node:path';
import { pipeline } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import type { Sandboxing } from '../sandbox/enter.ts';
import { runMapped } from '../sandbox/remove.ts';

/** Unpacks a base root's tar (zstd where `isCompressed`) into an empty folder below the cache, owners and all. */
export async function unpackBase(
  sandboxing: Sandboxing,
  tar: string,
  isCompressed: boolean,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const bytes = createReadStream(tar, { highWaterMark: 1024 * 1024 });
  // Whoever reads it tells of errors.
  const input = isCompressed ? pipeline(bytes, createZstdDecompress(), () => {}) : bytes;
  // Sandboxes have devices of their own, and a mapped root may make none.
  const options = ['-xp', '--numeric-owner', '--exclude=./dev/*', '-f', '-'];
  await runMapped(
    sandboxing,
    ['tar', '-C', relative(sandboxing.cacheDir, folder), ...options],
    signal,
    input,
  );
}

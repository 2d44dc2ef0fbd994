import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FileDigest, Sha256 } from '../../domain/digest.ts';
import { buildError } from '../../domain/errors.ts';
import { isZeros } from '../../domain/zero-runs.ts';
import { EarlySync } from '../../formats/early-sync.ts';
import { writeAll } from '../../formats/write-all.ts';
import { makeFolder } from '../files.ts';
import { hostErrorFromIo } from '../io-errors.ts';
import type { StoreLayout } from './layout.ts';
import { openStreamHash } from './stream-hash.ts';

/**
 * Writes bytes to the place that their digest names, in one pass. Throws `STORE_MISMATCH` when they are not
 * the `expected` ones; nothing is kept then.
 */
export async function receive(
  layout: StoreLayout,
  bytes: AsyncIterable<Uint8Array>,
  expected: Sha256 | undefined,
  signal: AbortSignal,
): Promise<FileDigest> {
  const temporary = join(layout.tmp, `${randomBytes(8).toString('hex')}.tmp`);
  await using hash = openStreamHash();
  let size = 0;
  try {
    await makeFolder(layout.tmp);
    const file = await open(temporary, 'wx', 0o644);
    try {
      let writing: Promise<void> = Promise.resolve();
      const early = new EarlySync(file);
      try {
        for await (const chunk of bytes) {
          signal.throwIfAborted();
          await writing;
          // Zeros become holes. A piece is written while it is hashed and the next one is made.
          const isHole = chunk.length > 0 && isZeros(chunk);
          if (!isHole) writing = writeAll(file, chunk, size);
          writing.catch(() => undefined);
          await (isHole ? hash.zeros(chunk.length) : hash.update(chunk));
          size += chunk.length;
          early.note(size);
        }
      } finally {
        await writing.finally(async () => await early.end());
      }
      await file.truncate(size);
      await file.chmod(0o444);
      await file.sync();
    } finally {
      await file.close();
    }
    const sha256 = await hash.digest();
    if (expected !== undefined && sha256 !== expected) {
      throw buildError('STORE_MISMATCH', `Content has SHA-256 ${sha256} where ${expected} was expected`);
    }
    await makeFolder(dirname(layout.object(sha256)));
    await rename(temporary, layout.object(sha256));
    return { sha256, size };
  } catch (error) {
    await rm(temporary, { force: true });
    throw hostErrorFromIo(error, layout.tmp);
  }
}

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileDigest } from '../../domain/digest.ts';
import { writeAll } from '../../formats/write-all.ts';
import { hostErrorFromIo } from '../io-errors.ts';

/** A file that a download grows, and the running hash of what it holds. Closed when disposed, not removed. */
export interface PartialFile extends AsyncDisposable {
  readonly size: number;
  digest(): FileDigest;
  append(bytes: Uint8Array): Promise<void>;
  /** Forgets all bytes. */
  reset(): Promise<void>;
}

/** Opens or makes a partial file. What an earlier process left is hashed when `keep` is set, else dropped. */
export async function openPartial(path: string, keep: boolean, signal: AbortSignal): Promise<PartialFile> {
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600).catch((error: unknown) => {
    throw hostErrorFromIo(error, path);
  });
  try {
    let hash = createHash('sha256');
    let size = 0;
    if (keep) {
      for await (const chunk of handle.createReadStream({ autoClose: false, start: 0, signal })) {
        hash.update(chunk);
        size += chunk.length;
      }
    } else {
      await handle.truncate(0);
    }
    return {
      get size() {
        return size;
      },
      digest: () => ({ sha256: hash.copy().digest('hex'), size }),
      async append(bytes) {
        await writeAll(handle, bytes, size).catch((error: unknown) => {
          throw hostErrorFromIo(error, path);
        });
        hash.update(bytes);
        size += bytes.length;
      },
      async reset() {
        await handle.truncate(0);
        hash = createHash('sha256');
        size = 0;
      },
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

import { closeSync, ftruncateSync, openSync, write } from 'node:fs';
import { promisify } from 'node:util';
import { isZeros } from '../../domain/zero-runs.ts';

const BUFFER_SIZE = 4 << 20;

const writeTo = promisify(write);

/** A new file that is written from its start to its end; disposing it closes the file. */
export interface Output extends AsyncDisposable {
  /** Writes bytes, which may change afterwards. */
  put(bytes: Uint8Array): Promise<void>;
  /**
   * Writes what `read` puts into the places that it is given, until there are `limit` bytes or it says 0. Says how many
   * there were. So content is read to where it is written from.
   */
  copy(limit: number, read: (target: Uint8Array) => number): Promise<number>;
  /** Waits until all is written. */
  end(): Promise<void>;
}

/**
 * Makes a file of mode 0644, which must not be there yet. One buffer is written while the other is filled; one of
 * zeros becomes a hole.
 */
export function openOutput(path: string): Output {
  const file = openSync(path, 'wx', 0o644);
  let buffer = Buffer.allocUnsafeSlow(BUFFER_SIZE);
  let other = Buffer.allocUnsafeSlow(BUFFER_SIZE);
  let used = 0;
  let size = 0;
  let writing: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    await writing;
    const bytes = buffer.subarray(0, used);
    writing = isZeros(bytes) ? Promise.resolve() : writeWhole(file, bytes, size);
    size += used;
    // The next flush, or the end, tells of what failed.
    writing.catch(() => {});
    [buffer, other] = [other, buffer];
    used = 0;
  };
  const copy: Output['copy'] = async (limit, read) => {
    let total = 0;
    while (total < limit) {
      const count = read(buffer.subarray(used, used + Math.min(limit - total, BUFFER_SIZE - used)));
      if (count === 0) break;
      total += count;
      used += count;
      if (used === BUFFER_SIZE) await flush();
    }
    return total;
  };
  return {
    async put(bytes) {
      let from = 0;
      await copy(bytes.length, (target) => {
        target.set(bytes.subarray(from, from + target.length));
        from += target.length;
        return target.length;
      });
    },
    copy,
    async end() {
      await flush();
      await writing;
      ftruncateSync(file, size);
    },
    async [Symbol.asyncDispose]() {
      await writing.catch(() => {});
      closeSync(file);
    },
  };
}

async function writeWhole(file: number, bytes: Uint8Array, offset: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await writeTo(file, bytes, at, bytes.length - at, offset + at)).bytesWritten;
  }
}

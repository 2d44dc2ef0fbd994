import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventSink } from '../domain/events.ts';
import type { Locks } from '../domain/ports.ts';
import { makeFolder } from './files.ts';
import { hasCode } from './io-errors.ts';

const POLL_MS = 100;
const NOTICE_AFTER_MS = 1_000;
/** SQLite's result code for a lock that another connection holds. */
const SQLITE_BUSY = 5;

/**
 * Locks as exclusive transactions on SQLite files in `folder`: the kernel releases them when their process
 * dies, whatever ends it.
 */
export function createLocks(folder: string, events: EventSink): Locks {
  const tails = new Map<string, Promise<void>>();
  return {
    async acquire(name, signal) {
      const { promise: released, resolve: release } = Promise.withResolvers<void>();
      const previous = tails.get(name);
      const tail = (previous ?? Promise.resolve()).then(() => released);
      tails.set(name, tail);
      const leave = () => {
        release();
        if (tails.get(name) === tail) tails.delete(name);
      };
      try {
        await orAborted(previous, signal);
        await makeFolder(folder);
        const database = await lockFile(join(folder, fileName(name)), name, events, signal);
        return {
          async [Symbol.asyncDispose]() {
            database.close();
            leave();
          },
        };
      } catch (error) {
        leave();
        throw error;
      }
    },
  };
}

async function lockFile(
  path: string,
  name: string,
  events: EventSink,
  signal: AbortSignal,
): Promise<DatabaseSync> {
  const database = new DatabaseSync(path, { timeout: 0 });
  const startedAt = performance.now();
  let isTold = false;
  try {
    for (;;) {
      signal.throwIfAborted();
      if (tryLock(database)) return database;
      if (!isTold && performance.now() - startedAt > NOTICE_AFTER_MS) {
        isTold = true;
        events.emit({ type: 'notice.given', level: 'info', message: `waiting for another run (${name})` });
      }
      await sleep(POLL_MS, undefined, { signal });
    }
  } catch (error) {
    database.close();
    throw hasCode(error, 'ABORT_ERR') ? signal.reason : error;
  }
}

function tryLock(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return false;
    throw error;
  }
}

async function orAborted(previous: Promise<void> | undefined, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (previous === undefined) return;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([previous, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function fileName(name: string): string {
  const readable = name.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 40);
  return `${readable}-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
}

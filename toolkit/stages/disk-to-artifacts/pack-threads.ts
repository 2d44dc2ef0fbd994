import type { FileHandle } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { PackedBlocks } from '../../formats/compress/index.ts';
import type { DiskPacker } from '../../formats/disk-packer.ts';
import type { PackMessage } from './pack-thread.ts';

/** Each takes some 90 MiB: zlib's and Zstandard's memory is let go of only when there is much of it. */
const MOST_THREADS = 4;
/** Parts that a thread has been told of: it goes on with the next one while the one before is written. */
const TOLD = 2;

/** Threads that read parts of `disk` and compress them. They begin when they are needed; disposing this ends them. */
export function openPackThreads(disk: FileHandle, signal: AbortSignal): DiskPacker & AsyncDisposable {
  const most = Math.min(availableParallelism(), MOST_THREADS);
  const threads: PackThread[] = [];
  const free: Uint8Array<ArrayBuffer>[] = [];
  /** The one that has least to do. */
  const next = (): PackThread => {
    const first = threads.toSorted((a, b) => a.waiting - b.waiting)[0];
    if (first !== undefined && (first.waiting === 0 || threads.length === most)) return first;
    const thread = openThread();
    threads.push(thread);
    return thread;
  };
  return {
    concurrency: most * TOLD,
    async pack(part, packing) {
      signal.throwIfAborted();
      return await next().ask({ fd: disk.fd, part, packing, memory: free.pop() });
    },
    reuse: (memory) => void free.push(memory),
    async [Symbol.asyncDispose]() {
      await Promise.all(threads.map(async (thread) => await thread.stop()));
    },
  };
}

interface PackThread {
  /** Parts that it was told of and has not answered. */
  readonly waiting: number;
  ask(message: PackMessage): Promise<PackedBlocks>;
  stop(): Promise<void>;
}

function openThread(): PackThread {
  const worker = new Worker(new URL('./pack-thread.ts', import.meta.url));
  const asked: PromiseWithResolvers<PackedBlocks>[] = [];
  // It answers in the order in which it was asked.
  worker.on('message', (packed: PackedBlocks) => asked.shift()?.resolve(packed));
  let failure: unknown;
  worker.on('error', (error) => {
    failure = error;
    for (const { reject } of asked.splice(0)) reject(error);
  });
  return {
    get waiting() {
      return asked.length;
    },
    async ask(message) {
      // It has ended, and would never answer.
      if (failure !== undefined) throw failure;
      const answer = Promise.withResolvers<PackedBlocks>();
      asked.push(answer);
      worker.postMessage(message, message.memory === undefined ? [] : [message.memory.buffer]);
      return await answer.promise;
    },
    async stop() {
      await worker.terminate();
    },
  };
}

import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { Sha256 } from '../../domain/digest.ts';

/** What the thread is told: bytes in memory that it shares, a run of zeros, or that all have been told. */
export type HashMessage =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'zeros'; readonly length: number }
  | { readonly kind: 'end' };

/** What it answers to each: the digest at the end. */
export interface HashAnswer {
  readonly sha256?: Sha256;
}

/** SHA-256 of a stream, computed beside what is done with it otherwise. Disposing it ends the thread. */
export interface StreamHash extends AsyncDisposable {
  /** Takes bytes, which may change afterwards. */
  update(bytes: Uint8Array): Promise<void>;
  /** As `update` of so many zeros. */
  zeros(length: number): Promise<void>;
  digest(): Promise<Sha256>;
}

const BUFFER_SIZE = 4 << 20;
/** Enough to go on with while the thread starts. */
const BUFFERS = 8;
/** A stream that is not longer gets no thread. */
const LEAST = 4 * BUFFER_SIZE;

export function openStreamHash(): StreamHash {
  const free: Uint8Array[] = [];
  const waiting: HashMessage[] = [];
  let total = 0;
  let buffers = 0;
  let buffer: Uint8Array | undefined;
  let used = 0;
  let thread: HashThread | undefined;
  const begin = (): HashThread => {
    thread ??= openThread(free);
    for (const message of waiting.splice(0)) thread.tell(message);
    return thread;
  };
  const tell = (message: HashMessage): void => {
    waiting.push(message);
    if (thread !== undefined || total >= LEAST) begin();
  };
  const flush = (): void => {
    if (buffer === undefined || used === 0) return;
    tell({ kind: 'bytes', bytes: buffer.subarray(0, used) });
    [buffer, used] = [undefined, 0];
  };
  const nextBuffer = async (): Promise<Uint8Array> => {
    if (buffers < BUFFERS) {
      buffers += 1;
      return new Uint8Array(new SharedArrayBuffer(BUFFER_SIZE));
    }
    while (free.length === 0) await begin().answer();
    return free.pop()!;
  };
  return {
    async update(bytes) {
      for (let at = 0; at < bytes.length; ) {
        buffer ??= await nextBuffer();
        const count = Math.min(bytes.length - at, BUFFER_SIZE - used);
        buffer.set(bytes.subarray(at, at + count), used);
        used += count;
        at += count;
        total += count;
        if (used === BUFFER_SIZE) flush();
      }
    },
    async zeros(length) {
      flush();
      total += length;
      tell({ kind: 'zeros', length });
    },
    async digest() {
      flush();
      return thread === undefined ? hashHere(waiting) : await thread.end();
    },
    async [Symbol.asyncDispose]() {
      await thread?.stop();
    },
  };
}

interface HashThread {
  tell(message: HashMessage): void;
  /** Waits until something that was told is done. */
  answer(): Promise<void>;
  end(): Promise<Sha256>;
  stop(): Promise<void>;
}

/** Buffers that it is done with go to `free`. */
function openThread(free: Uint8Array[]): HashThread {
  const worker = new Worker(new URL('./hash-worker.ts', import.meta.url));
  const told: HashMessage[] = [];
  const digest = Promise.withResolvers<Sha256>();
  let next = Promise.withResolvers<void>();
  worker.on('message', ({ sha256 }: HashAnswer) => {
    const done = told.shift();
    if (done?.kind === 'bytes') free.push(new Uint8Array(done.bytes.buffer));
    if (sha256 !== undefined) digest.resolve(sha256);
    next.resolve();
    next = Promise.withResolvers();
  });
  worker.on('error', (error) => {
    for (const { promise, reject } of [digest, next]) {
      promise.catch(() => undefined);
      reject(error);
    }
  });
  const tell = (message: HashMessage): void => {
    told.push(message);
    worker.postMessage(message);
  };
  return {
    tell,
    answer: async () => await next.promise,
    async end() {
      tell({ kind: 'end' });
      return await digest.promise;
    },
    async stop() {
      await worker.terminate();
    },
  };
}

function hashHere(messages: readonly HashMessage[]): Sha256 {
  const sum = createHash('sha256');
  for (const message of messages) {
    if (message.kind === 'bytes') sum.update(message.bytes);
    else if (message.kind === 'zeros') sum.update(new Uint8Array(message.length));
  }
  return sum.digest('hex');
}

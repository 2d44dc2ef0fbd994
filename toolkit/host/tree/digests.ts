import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type ContentDigest, digestFile } from './digest-file.ts';

/** A file of the machine (absolute path, latin1), and how long it should be. */
interface KnownFile {
  readonly path: string;
  readonly size: number;
}

const MIB = 1 << 20;
/** Less than this is not worth a thread. */
const LEAST = 16 * MIB;
const MOST_THREADS = 4;
/** What a thread is given at once. */
const BATCH = { bytes: 8 * MIB, files: 256 } as const;
/** Batches that a thread has: it goes on while nobody listens to it. */
const AHEAD = 2;

/** A batch of files, by its number. */
export interface DigestMessage {
  readonly index: number;
  readonly paths: readonly string[];
}

/** What is in the files of a batch. */
export interface DigestAnswer {
  readonly index: number;
  readonly digests: readonly ContentDigest[];
}

/** Digests of the contents of many files, in their order; read by several threads where there is much to read. */
export async function digestFiles(files: readonly KnownFile[]): Promise<readonly ContentDigest[]> {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  if (total < LEAST) return files.map(({ path }) => digestFile(path));
  const batches = batchesOf(files);
  const found: (readonly ContentDigest[])[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./digest-worker.ts', import.meta.url));
    try {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      let waiting = 0;
      const tell = (): void => {
        if (next === batches.length) return;
        const message: DigestMessage = { index: next, paths: batches[next]! };
        worker.postMessage(message);
        next += 1;
        waiting += 1;
      };
      worker.on('error', reject);
      worker.on('message', ({ index, digests }: DigestAnswer) => {
        found[index] = digests;
        waiting -= 1;
        tell();
        if (waiting === 0) resolve();
      });
      for (let count = 0; count < AHEAD; count += 1) tell();
      if (waiting > 0) await promise;
    } finally {
      await worker.terminate();
    }
  };
  const threads = Math.min(availableParallelism(), MOST_THREADS, batches.length);
  await Promise.all(Array.from({ length: threads }, work));
  return found.flat();
}

function batchesOf(files: readonly KnownFile[]): string[][] {
  const batches: string[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const { path, size } of files) {
    if (bytes + size > BATCH.bytes || batches.at(-1)!.length === BATCH.files) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)!.push(path);
    bytes += size;
  }
  return batches;
}

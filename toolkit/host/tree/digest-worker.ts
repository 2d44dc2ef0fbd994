/** A thread that reads files: gets lists of paths, answers with lists of digests. */
import { parentPort } from 'node:worker_threads';
import { digestFile } from './digest-file.ts';

parentPort?.on('message', (paths: readonly string[]) => {
  parentPort?.postMessage(paths.map(digestFile));
});

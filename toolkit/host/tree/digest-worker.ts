/** A thread that reads files: gets lists of paths, answers with lists of digests. */
import { parentPort } from 'node:worker_threads';
import { digestFile } from './digest-file.ts';
import type { DigestAnswer, DigestMessage } from './digests.ts';

parentPort?.on('message', ({ index, paths }: DigestMessage) => {
  const answer: DigestAnswer = { index, digests: paths.map(digestFile) };
  parentPort?.postMessage(answer);
});

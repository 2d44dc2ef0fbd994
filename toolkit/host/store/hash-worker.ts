/** The thread of `openStreamHash`. */
import { createHash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import type { HashAnswer, HashMessage } from './stream-hash.ts';

const ZEROS = new Uint8Array(1 << 20);
const sum = createHash('sha256');

parentPort?.on('message', (message: HashMessage) => {
  const answer: HashAnswer = message.kind === 'end' ? { sha256: sum.digest('hex') } : {};
  if (message.kind === 'bytes') sum.update(message.bytes);
  else if (message.kind === 'zeros') {
    for (let left = message.length; left > 0; left -= ZEROS.length) {
      sum.update(ZEROS.subarray(0, Math.min(left, ZEROS.length)));
    }
  }
  parentPort?.postMessage(answer);
});

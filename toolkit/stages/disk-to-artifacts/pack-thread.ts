/** A thread of `openPackThreads`: reads parts of a disk and compresses them. */
import { readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { roundUp } from '../../domain/round.ts';
import { type BlockPacking, packBlocks } from '../../formats/compress/index.ts';
import type { Extent } from '../../formats/image.ts';

/** Which part of the open file `fd`, and how. Answered with `PackedBlocks`. */
export interface PackMessage {
  readonly fd: number;
  readonly part: Extent;
  readonly packing: BlockPacking;
  /** What an answer before was in, to be used again. */
  readonly memory: Uint8Array<ArrayBuffer> | undefined;
}

let buffer = new Uint8Array(0);

parentPort?.on('message', ({ fd, part, packing, memory }: PackMessage) => {
  const packed = packBlocks(readPart(fd, part, packing.blockSize), packing, memory);
  parentPort?.postMessage(packed, [packed.memory.buffer]);
});

/** What is there, with zeros up to a whole block. Good until the next call. */
function readPart(fd: number, { offset, length }: Extent, blockSize: number): Uint8Array {
  const whole = roundUp(length, blockSize);
  if (buffer.length < whole) buffer = new Uint8Array(whole);
  for (let at = 0; at < length; ) {
    const count = readSync(fd, buffer, at, length - at, offset + at);
    if (count === 0) throw new Error(`the file ends at ${offset + at}`);
    at += count;
  }
  return buffer.subarray(0, whole).fill(0, length);
}

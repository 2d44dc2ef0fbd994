import { roundDown } from '../domain/round.ts';
import type { Extent } from './image.ts';

/** What is looked at as a whole: file systems and the kernel write in blocks of 4 KiB. */
const GRAIN = 64 * 1024;
const ZEROS = Buffer.alloc(GRAIN);

/** A disk's bytes, passed on, and where they are not zeros in steps of 64 KiB: known when all have passed. */
export interface NotedBytes {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly extents: readonly Extent[];
}

/** Notes where a disk is used while it is written: nobody has to read it again for that. */
export function noteExtents(source: AsyncIterable<Uint8Array>): NotedBytes {
  const extents: { offset: number; length: number }[] = [];
  const note = (offset: number, length: number): void => {
    const last = extents.at(-1);
    if (last !== undefined && last.offset + last.length >= offset)
      last.length = offset + length - last.offset;
    else extents.push({ offset, length });
  };
  async function* pass(): AsyncGenerator<Uint8Array> {
    let at = 0;
    for await (const bytes of source) {
      for (let from = 0; from < bytes.length; ) {
        const grain = roundDown(at, GRAIN);
        const length = Math.min(bytes.length - from, grain + GRAIN - at);
        if (!ZEROS.subarray(0, length).equals(bytes.subarray(from, from + length))) {
          // A part of a step says that all of it is used, also what is still to come.
          note(grain, GRAIN);
        }
        from += length;
        at += length;
      }
      yield bytes;
    }
    const last = extents.at(-1);
    if (last !== undefined) last.length = Math.min(last.length, at - last.offset);
  }
  return { bytes: pass(), extents };
}

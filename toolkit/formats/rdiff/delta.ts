import { createHash } from 'node:crypto';
import type { ByteSource } from '../source.ts';
import { copyCommand, DELTA_END, DELTA_MAGIC, literalCommand } from './commands.ts';

/** What is compared as a whole: the blocks that file systems write. */
const BLOCK = 4096;
/** What is read, and the most that is given as it is, at once. */
const WINDOW = 1 << 20;

/** A file, or what stands for one. */
export interface SizedBytes {
  readonly read: ByteSource;
  readonly size: number;
}

/**
 * What makes `target` of `base`, as `rdiff patch` of librsync takes it: blocks of 4096 bytes that `base` has, at any
 * whole block, are taken from there, all others are in the delta. The same two give the same delta. Source: librsync
 * 2.3; docs/formats/rdiff.md.
 */
export async function* rdiffDelta(base: SizedBytes, target: SizedBytes): AsyncGenerator<Uint8Array> {
  const places = await placesOf(base);
  yield DELTA_MAGIC;
  let copy: { from: number; length: number } | undefined;
  for (let at = 0; at < target.size; at += WINDOW) {
    const bytes = await target.read(at, Math.min(WINDOW, target.size - at));
    const same = await base.read(at, Math.max(0, Math.min(WINDOW, base.size - at)));
    const pieces: Buffer[] = [];
    let literal = 0;
    const flush = (end: number): void => {
      if (literal === end) return;
      pieces.push(literalCommand(end - literal), Buffer.from(bytes.subarray(literal, end)));
      literal = end;
    };
    for (let block = 0; block < bytes.length; block += BLOCK) {
      const wanted = bytes.subarray(block, block + BLOCK);
      const isSame = Buffer.compare(wanted, same.subarray(block, block + BLOCK)) === 0;
      const from = isSame ? at + block : places.get(digestOf(wanted));
      if (from === undefined) {
        if (copy !== undefined) pieces.push(copyCommand(copy.from, copy.length));
        copy = undefined;
        continue;
      }
      flush(block);
      literal = block + wanted.length;
      if (copy !== undefined && copy.from + copy.length === from) {
        copy.length += wanted.length;
        continue;
      }
      if (copy !== undefined) pieces.push(copyCommand(copy.from, copy.length));
      copy = { from, length: wanted.length };
    }
    flush(bytes.length);
    yield Buffer.concat(pieces);
  }
  if (copy !== undefined) yield copyCommand(copy.from, copy.length);
  yield DELTA_END;
}

/** Where the base has a block first. */
async function placesOf({ read, size }: SizedBytes): Promise<ReadonlyMap<string, number>> {
  const places = new Map<string, number>();
  for (let at = 0; at < size; at += WINDOW) {
    const bytes = await read(at, Math.min(WINDOW, size - at));
    for (let block = 0; block < bytes.length; block += BLOCK) {
      const digest = digestOf(bytes.subarray(block, block + BLOCK));
      if (!places.has(digest)) places.set(digest, at + block);
    }
  }
  return places;
}

/** The last block may be shorter: its digest is another one then. */
function digestOf(block: Uint8Array): string {
  return createHash('sha256').update(block).digest('base64');
}

import { ToolkitError } from '../../../toolkit/domain/errors.ts';
import type { ReadFiles } from '../../../toolkit/formats/read-files.ts';
import type { ByteSource } from '../../../toolkit/formats/source.ts';

const MIB = 1024 ** 2;

/** Numbers from 0 up to 1 that look like chance, the same at each start. Source: mulberry32. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Reads a file system of which, by chance, bytes are changed while they are read, `seal` mending the checksums of what
 * was read; and all its files. Gives the code of the error, or `read`; throws what is no error for a user.
 */
export async function readChanged(
  bytes: Buffer,
  seed: number,
  seal: (bytes: Buffer) => void,
  open: (read: ByteSource) => Promise<ReadFiles>,
): Promise<string> {
  const next = numbers(seed);
  const once = new Map<string, Buffer>();
  const read: ByteSource = async (offset, length) => {
    const key = `${offset} ${length}`;
    const known = once.get(key) ?? Buffer.from(bytes.subarray(offset, offset + length));
    if (!once.has(key) && next() < 0.2 && known.length > 0) {
      for (let count = 1 + Math.floor(next() * 3); count > 0; count -= 1) {
        known[Math.floor(next() * known.length)] = Math.floor(next() * 256);
      }
      seal(known);
    }
    once.set(key, known);
    return known;
  };
  try {
    const { entries, content } = await open(read);
    for (const entry of entries) {
      if (entry.type !== 'file' || entry.size > MIB) continue;
      for await (const _ of content(entry));
    }
    return 'read';
  } catch (error) {
    if (error instanceof ToolkitError) return error.code;
    throw error;
  }
}

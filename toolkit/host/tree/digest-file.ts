import { createHash, hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { type DataRun, openDataNotes } from '../../domain/zero-runs.ts';

/** What is in a file. */
export interface ContentDigest {
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** Where it is not zeros, if it has holes. */
  readonly data: readonly DataRun[] | undefined;
}

const BUFFER_SIZE = 1 << 20;
let buffer: Buffer | undefined;

/** Reads a file of the machine (absolute path, latin1). */
export function digestFile(path: string): ContentDigest {
  buffer ??= Buffer.allocUnsafeSlow(BUFFER_SIZE);
  const file = openSync(Buffer.from(path, 'latin1'), 'r');
  try {
    const first = readSync(file, buffer);
    // The end of a short file is seen without asking again where it is read in one go.
    if (first < BUFFER_SIZE && readSync(file, buffer, first, BUFFER_SIZE - first, null) === 0) {
      return { sha256: hash('sha256', buffer.subarray(0, first)), size: first, data: undefined };
    }
    return digestLarge(file, buffer);
  } finally {
    closeSync(file);
  }
}

function digestLarge(file: number, bytes: Buffer): ContentDigest {
  const sum = createHash('sha256');
  const notes = openDataNotes();
  let size = 0;
  for (;;) {
    const length = readSync(file, bytes, 0, BUFFER_SIZE, size);
    if (length === 0) return { sha256: sum.digest('hex'), size, data: notes.runs() };
    sum.update(bytes.subarray(0, length));
    notes.add(bytes.subarray(0, length));
    size += length;
  }
}

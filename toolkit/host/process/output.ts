import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { hostErrorFromIo } from '../io-errors.ts';

/** Bytes of a program's output that are kept in memory, per stream. */
const TAIL_LIMIT = 1024 * 1024;

export interface OutputCollector extends AsyncDisposable {
  /** Reads a stream to its end; gives its last mebibyte as text. */
  gather(stream: Readable | null): Promise<string>;
}

/**
 * Copies output to a log file (made anew, with its folder), to a line callback and to a bounded tail.
 * The program waits when the disk does.
 */
export async function openOutputCollector(
  log: string | undefined,
  onLine: ((line: string) => void) | undefined,
): Promise<OutputCollector> {
  const file = log === undefined ? undefined : await openLog(log);
  return {
    async gather(stream) {
      if (stream === null) return '';
      const tail = createTail();
      const lines = onLine === undefined ? undefined : createLineSplitter(onLine);
      for await (const chunk of stream) {
        const bytes = chunk as Buffer;
        tail.add(bytes);
        lines?.add(bytes);
        await writeLog(file, log, bytes);
      }
      lines?.end();
      return tail.text();
    },
    async [Symbol.asyncDispose]() {
      await file?.close();
    },
  };
}

async function openLog(path: string): Promise<FileHandle> {
  try {
    await mkdir(dirname(path), { recursive: true });
    return await open(path, 'w', 0o644);
  } catch (error) {
    throw hostErrorFromIo(error, path);
  }
}

async function writeLog(
  file: FileHandle | undefined,
  path: string | undefined,
  bytes: Buffer,
): Promise<void> {
  if (file === undefined || path === undefined) return;
  try {
    await file.appendFile(bytes);
  } catch (error) {
    throw hostErrorFromIo(error, path);
  }
}

function createTail() {
  let chunks: Buffer[] = [];
  let size = 0;
  return {
    add(chunk: Buffer) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > 2 * TAIL_LIMIT) {
        chunks = [Buffer.concat(chunks).subarray(-TAIL_LIMIT)];
        size = TAIL_LIMIT;
      }
    },
    text: () => Buffer.concat(chunks).subarray(-TAIL_LIMIT).toString('utf8'),
  };
}

function createLineSplitter(onLine: (line: string) => void) {
  const decoder = new StringDecoder('utf8');
  // Pieces of a line that has not ended: joined once, as it may have many.
  let pieces: string[] = [];
  return {
    add(chunk: Buffer) {
      const [first = '', ...others] = decoder.write(chunk).split('\n');
      pieces.push(first);
      for (const piece of others) {
        onLine(pieces.join(''));
        pieces = [piece];
      }
    },
    end() {
      const rest = pieces.join('') + decoder.end();
      if (rest !== '') onLine(rest);
    },
  };
}

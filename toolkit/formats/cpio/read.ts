import { buildError } from '../../domain/errors.ts';
import { type ByteQueue, byteQueue } from '../queue.ts';
import { align, type CpioHeader, FIELDS, HEADER_SIZE, MAGIC, MAGIC_CRC, TRAILER } from './header.ts';

/** An entry as the archive has it. */
export interface CpioEntry {
  readonly header: CpioHeader;
  readonly name: Buffer;
  /** To be read before the next entry; what is not read is skipped. */
  readonly content: AsyncIterable<Buffer>;
}

/** Linux's PATH_MAX. */
const MAX_NAME = 4096;

/**
 * Entries of a newc archive (with or without checksums), in its order, up to the trailer; what follows it is
 * not read. Throws `CPIO_INVALID`, also where the archive is cut short.
 * Source: cpio(5).
 */
export async function* readCpio(stream: AsyncIterable<Uint8Array>): AsyncGenerator<CpioEntry> {
  const queue = byteQueue(stream);
  try {
    yield* readEntries(queue);
  } finally {
    await queue.close();
  }
}

async function* readEntries(queue: ByteQueue): AsyncGenerator<CpioEntry> {
  for (;;) {
    const header = parseHeader(await take(queue, HEADER_SIZE));
    const nameSize = align(HEADER_SIZE + header.nameSize) - HEADER_SIZE;
    const name = (await take(queue, nameSize)).subarray(0, header.nameSize - 1);
    if (name.includes(0)) {
      throw invalid('a name has a NUL inside');
    }
    if (name.equals(Buffer.from(TRAILER))) {
      return;
    }
    const content = contentReader(queue, header.size);
    yield { header, name, content: content() };
    for await (const _ of content()) {
      // Skips what the caller left.
    }
    await take(queue, align(header.size) - header.size);
  }
}

/** Makes readers of one content; each goes on where the one before it stopped. */
function contentReader(queue: ByteQueue, size: number): () => AsyncGenerator<Buffer> {
  let left = size;
  return async function* content() {
    while (left > 0) {
      const bytes = await queue.some(left);
      if (bytes === undefined) {
        throw invalid('it ends inside a file');
      }
      left -= bytes.length;
      yield bytes;
    }
  };
}

function parseHeader(bytes: Buffer): CpioHeader {
  const text = bytes.toString('latin1');
  const digits = text.slice(MAGIC.length);
  if (![MAGIC, MAGIC_CRC].includes(text.slice(0, MAGIC.length)) || !/^[0-9a-f]*$/i.test(digits)) {
    throw invalid('a header is none');
  }
  const values = FIELDS.map((field, index) => [
    field,
    Number.parseInt(digits.slice(index * 8, index * 8 + 8), 16),
  ]);
  const header: CpioHeader = Object.fromEntries(values);
  if (header.nameSize < 1 || header.nameSize > MAX_NAME) {
    throw invalid(`a name has ${header.nameSize} bytes`);
  }
  return header;
}

async function take(queue: ByteQueue, length: number): Promise<Buffer> {
  const bytes = await queue.take(length);
  if (bytes === undefined) {
    throw invalid('it ends before its trailer');
  }
  return bytes;
}

function invalid(what: string): Error {
  return buildError('CPIO_INVALID', `cpio archive: ${what}.`, { hint: 'Make or fetch the archive again.' });
}

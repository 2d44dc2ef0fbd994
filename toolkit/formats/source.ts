import { buildError } from '../domain/errors.ts';

/**
 * Random access to bytes. Gives `length` bytes from `offset`; fewer only where the source ends.
 * Both are in bytes.
 */
export type ByteSource = (offset: number, length: number) => Promise<Uint8Array>;

/** Makes a source of bytes that are in memory. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return async (offset, length) => bytes.subarray(offset, offset + length);
}

/**
 * Reads exactly `length` bytes. Throws `code` with the name of what was read when the source ends before.
 */
export async function readExactly(
  read: ByteSource,
  offset: number,
  length: number,
  what: string,
  code: string,
): Promise<Buffer> {
  const bytes = await read(offset, length);
  if (bytes.length < length) {
    throw buildError(code, `${what} ends after ${offset + bytes.length} of ${offset + length} bytes.`, {
      hint: 'Fetch or build the file again: it is cut short.',
    });
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, length);
}

/** Reads what lies in the first `size` bytes. Throws what `damaged` makes of the places of other bytes. */
export function readWithin(
  read: (offset: number, length: number) => Promise<Buffer>,
  size: number,
  damaged: (what: string) => Error,
): (offset: number, length: number) => Promise<Buffer> {
  return async (offset, length) => {
    if (offset + length > size) throw damaged(`there are no bytes ${offset} to ${offset + length}`);
    return await read(offset, length);
  };
}

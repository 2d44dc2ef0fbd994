import { open } from 'node:fs/promises';
import type { ByteSource } from '../formats/source.ts';

/** Opens a file to read parts of it. */
export async function openBytes(path: string): Promise<AsyncDisposable & { readonly read: ByteSource }> {
  const file = await open(path, 'r');
  return {
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      const { bytesRead } = await file.read(bytes, 0, length, offset);
      return bytes.subarray(0, bytesRead);
    },
    [Symbol.asyncDispose]: async () => await file.close(),
  };
}

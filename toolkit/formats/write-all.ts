import type { FileHandle } from 'node:fs/promises';

/** Writes all of `bytes` to `offset` of a file: one write may take only a part of them. */
export async function writeAll(file: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await file.write(bytes, at, bytes.length - at, offset + at)).bytesWritten;
  }
}

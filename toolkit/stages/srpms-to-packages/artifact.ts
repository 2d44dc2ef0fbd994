import { open } from 'node:fs/promises';
import type { RpmPackage } from '../../domain/package.ts';
import { readRpmHeader } from '../../formats/rpm/index.ts';

/** Reads the header of an RPM file on disk; its payload is not touched. */
export async function readRpmFile(path: string): Promise<RpmPackage> {
  await using file = await open(path, 'r');
  return await readRpmHeader(async (offset, length) => {
    const bytes = new Uint8Array(length);
    const { bytesRead } = await file.read(bytes, 0, length, offset);
    return bytes.subarray(0, bytesRead);
  });
}

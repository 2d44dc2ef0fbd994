import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { FileDigest } from '../../domain/digest.ts';
import { imageIdentity } from '../../domain/image-identity.ts';
import { compressQcow2 } from '../../formats/qcow2/index.ts';
import { streamVmdk } from '../../formats/vmdk/index.ts';
import { vmdkIdentity } from './formats.ts';
import { type Making, rawDisk } from './making.ts';
import { fileSource, writeBytes, writeChunks, writeWhole } from './write.ts';

/** Pieces of a disk that are compressed at the same time: enough for all threads of Node's pool. */
const PACKING = 16;

/** Writes the disk in a format that compresses it. */
export async function packDisk(
  format: 'qcow2-zstd' | 'vmdk-stream',
  path: string,
  making: Making,
  signal: AbortSignal,
): Promise<FileDigest> {
  const { size, path: rawPath } = await rawDisk(making);
  await using raw = await open(rawPath);
  const extents = await making.extents();
  const read = fileSource(raw, signal);
  if (format === 'qcow2-zstd') {
    const options = { compression: 'zstd', concurrency: PACKING } as const;
    const chunks = compressQcow2(size, extents, read, options);
    return await writeWhole(path, async (file) => await writeChunks(chunks, file, signal));
  }
  const identity = vmdkIdentity(format, imageIdentity(making.request.config), basename(path));
  const bytes = streamVmdk(size, extents, read, identity, PACKING);
  return await writeWhole(path, async (file) => await writeBytes(bytes, file, signal));
}

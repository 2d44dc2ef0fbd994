import type { FileHandle } from 'node:fs/promises';
import type { Extent } from '../../formats/image.ts';

/** What is looked at as a whole: file systems and the kernel write in blocks of 4 KiB. */
const GRAIN = 64 * 1024;
const BUFFER = 64 * GRAIN;

/** Where a raw disk is not zero, in steps of 64 KiB. Reading holes of a sparse file costs no disk access. */
export async function findExtents(raw: FileHandle, size: number, signal: AbortSignal): Promise<Extent[]> {
  const zeros = Buffer.alloc(GRAIN);
  const buffer = Buffer.alloc(BUFFER);
  const extents: { offset: number; length: number }[] = [];
  for (let offset = 0; offset < size; offset += BUFFER) {
    signal.throwIfAborted();
    const { bytesRead } = await raw.read(buffer, 0, BUFFER, offset);
    for (let at = 0; at < bytesRead; at += GRAIN) {
      const piece = buffer.subarray(at, Math.min(at + GRAIN, bytesRead));
      if (piece.equals(zeros.subarray(0, piece.length))) continue;
      const last = extents.at(-1);
      if (last !== undefined && last.offset + last.length === offset + at) last.length += piece.length;
      else extents.push({ offset: offset + at, length: piece.length });
    }
  }
  return extents;
}

import type { FileHandle } from 'node:fs/promises';
import type { DiskLayout } from '../../domain/disk.ts';
import type { Area, ImageLayout } from '../../domain/layout.ts';
import { encodeGpt, type PositionedBytes } from '../../formats/gpt/index.ts';
import type { GrubBiosImages } from './grub-bios.ts';

const BUFFER = 1 << 20;

/**
 * Everything of a disk that is not zeros, ascending: tables, GRUB, the ESP out of `work`, a file that is laid out like the
 * disk, and the root file system, whose pieces are counted from its own start.
 */
export async function* diskPieces(
  { disk, bios, esp, root }: ImageLayout,
  grub: GrubBiosImages | undefined,
  work: FileHandle,
  rootPieces: AsyncIterable<PositionedBytes>,
): AsyncGenerator<PositionedBytes> {
  const [primary, backup] = tables(disk, grub);
  yield primary;
  if (grub !== undefined && bios !== undefined) yield { offset: bios.offset, bytes: grub.core };
  yield* areaPieces(work, esp);
  for await (const { offset, bytes } of rootPieces) yield { offset: root.offset + offset, bytes };
  yield backup;
}

function tables(disk: DiskLayout, grub: GrubBiosImages | undefined): [PositionedBytes, PositionedBytes] {
  const writes = encodeGpt(disk, grub === undefined ? {} : { bootCode: grub.bootCode });
  const [primary, backup] = writes;
  if (primary === undefined || backup === undefined) throw new Error('a GPT has two tables');
  return [primary, backup];
}

async function* areaPieces(work: FileHandle, { offset, size }: Area): AsyncGenerator<PositionedBytes> {
  for (let at = 0; at < size; at += BUFFER) {
    const length = Math.min(BUFFER, size - at);
    const { buffer, bytesRead } = await work.read(Buffer.allocUnsafe(length), 0, length, offset + at);
    if (bytesRead < length) throw new Error('the disk ends inside the ESP');
    yield { offset: offset + at, bytes: buffer };
  }
}

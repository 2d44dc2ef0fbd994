import { roundUp } from '../../../domain/round.ts';
import type { Extent } from '../../image.ts';
import { readClusters } from './clusters.ts';
import { damaged } from './errors.ts';
import type { ReadInode } from './inode.ts';
import { unpackLz4 } from './lz4.ts';
import type { Volume } from './volume.ts';

/** What a file has at a place: as it is, or packed in a block. */
export interface Run extends Extent {
  readonly place: number;
  /** `turned`: as it is, but each byte as far behind the beginning of its block as it is in the file. */
  readonly form: 'plain' | 'turned' | 'lz4';
}

/** Where the content of an inode is; ascending, without holes. Throws `EROFS_DAMAGED`, `EROFS_UNSUPPORTED`. */
export async function runsOf(volume: Volume, inode: ReadInode): Promise<readonly Run[]> {
  const { size, layout, block, end } = inode;
  const { blockSize } = volume;
  if (size === 0) return [];
  if (layout === 'full indexes' || layout === 'compact indexes') return await readClusters(volume, inode);
  const whole = layout === 'plain' ? size : roundUp(size, blockSize) - blockSize;
  const place = block * blockSize;
  if ((whole > 0 && place + whole > volume.size) || end + size - whole > volume.size) {
    throw damaged(`inode ${inode.inode} has blocks behind its end`);
  }
  const blocks: Run[] = whole === 0 ? [] : [{ offset: 0, length: whole, place, form: 'plain' }];
  if (whole === size) return blocks;
  return [...blocks, { offset: whole, length: size - whole, place: end, form: 'plain' }];
}

/** Reads parts of runs. Throws `EROFS_DAMAGED`. */
export function runReader(volume: Volume): (run: Run, from: number, length: number) => Promise<Uint8Array> {
  const { blockSize } = volume;
  return async (run, from, length) => {
    const { place, form, offset } = run;
    if (form === 'plain') return await volume.read(place + from, length);
    const block = await volume.read(place, blockSize);
    if (form === 'lz4') return unpacked(block, run).subarray(from, from + length);
    const middle = (offset + from) % blockSize;
    return Buffer.concat([block.subarray(middle), block.subarray(0, middle)]).subarray(0, length);
  };
}

/** Packed bytes end with their block, behind zeros. */
function unpacked(block: Buffer, { place, length }: Run): Buffer {
  const first = block.findIndex((byte) => byte !== 0);
  const bytes = first < 0 ? undefined : unpackLz4(block.subarray(first), length);
  if (bytes === undefined) throw damaged(`the block at ${place} does not unpack`);
  return bytes;
}

import type { Extent } from '../../image.ts';
import { Kept } from '../../kept.ts';
import { damaged } from './errors.ts';
import type { Metadata, MetadataCursor } from './metadata.ts';
import type { Volume } from './volume.ts';

/** A block of files as it is stored. */
export interface FragmentPlace {
  readonly place: number;
  /** Bytes there; 0: none of it is stored. */
  readonly stored: number;
  readonly isPlain: boolean;
}

/** What a file has of a block. */
export interface Run extends Extent {
  readonly block: FragmentPlace;
  /** Where it begins in what is unpacked. */
  readonly from: number;
}

const PLAIN = 1 << 24;
const NONE = 0xffffffff;
/** Unpacked blocks that are kept: ends of many files lie in one. */
const KEPT = 8;

/** Where the blocks with the ends of files are. */
export async function readFragments(volume: Volume, metadata: Metadata): Promise<FragmentPlace[]> {
  const { fragments, tables } = volume;
  if (fragments === 0) return [];
  const bytes = await metadata.table(tables.fragments, fragments, 16);
  return Array.from({ length: fragments }, (_, index) => {
    const place = Number(bytes.readBigUInt64LE(index * 16));
    return blockAt(place, bytes.readUInt32LE(index * 16 + 8));
  });
}

/** The blocks of a file, whose sizes come next; what is not stored of them is zeros. Throws `SQUASHFS_DAMAGED`. */
export async function fileRuns(
  {
    volume: { blockSize },
    fragments,
  }: { readonly volume: Volume; readonly fragments: readonly FragmentPlace[] },
  {
    start,
    size,
    fragment,
  }: {
    readonly start: number;
    readonly size: number;
    readonly fragment: { readonly index: number; readonly offset: number };
  },
  cursor: MetadataCursor,
): Promise<readonly Run[]> {
  const hasFragment = fragment.index !== NONE;
  const count = hasFragment ? Math.floor(size / blockSize) : Math.ceil(size / blockSize);
  const runs: Run[] = [];
  let place = start;
  for (let index = 0; index < count; index += 1) {
    const block = blockAt(place, (await cursor.take(4)).readUInt32LE(0));
    place += block.stored;
    const offset = index * blockSize;
    if (block.stored > 0) runs.push({ offset, length: Math.min(blockSize, size - offset), block, from: 0 });
  }
  const offset = count * blockSize;
  if (!hasFragment || size === offset) return runs;
  const block = fragments[fragment.index];
  if (block === undefined) throw damaged(`there is no fragment ${fragment.index}`);
  return [...runs, { offset, length: size - offset, block, from: fragment.offset }];
}

/** Reads parts of runs. Throws `SQUASHFS_DAMAGED`. */
export function runReader(volume: Volume): (run: Run, from: number, length: number) => Promise<Uint8Array> {
  const known = new Kept<FragmentPlace, Buffer>(KEPT);
  const unpacked = async (block: FragmentPlace): Promise<Buffer> => {
    const { place, stored, isPlain } = block;
    const bytes = await volume.read(place, stored);
    return isPlain ? bytes : volume.unpack(bytes, volume.blockSize, `the block at ${place}`);
  };
  return async (run, from, length) => {
    const bytes = await known.get(run.block, unpacked);
    const start = run.from + from;
    if (start + length > bytes.length) throw damaged(`the block at ${run.block.place} ends too soon`);
    return bytes.subarray(start, start + length);
  };
}

function blockAt(place: number, size: number): FragmentPlace {
  const stored = size & (PLAIN - 1);
  if (size > PLAIN + (1 << 20) || !Number.isSafeInteger(place)) throw damaged('a block is nowhere');
  return { place, stored, isPlain: (size & PLAIN) !== 0 };
}

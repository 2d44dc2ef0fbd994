import { roundUp } from '../domain/round.ts';
import { type BlockPacking, type PackedBlocks, packBlocks } from './compress/index.ts';
import type { Extent } from './image.ts';
import { inOrder } from './in-order.ts';
import type { ByteSource } from './source.ts';

/** Compresses parts of a disk, several at once. */
export interface DiskPacker {
  /** How many parts it wants to be asked for at once; no influence on the result. */
  readonly concurrency: number;
  /** Compresses the blocks of a part of the disk. The last one is filled with zeros where the disk ends before. */
  pack(part: Extent, packing: BlockPacking): Promise<PackedBlocks>;
  /** Takes the memory back of what `pack` gave, for another part. */
  reuse?(memory: PackedBlocks['memory']): void;
}

/** A block, compressed or kept as it is. */
export interface PackedBlock {
  /** Its number on the disk. */
  readonly block: number;
  readonly bytes: Uint8Array;
}

/** Blocks that are compressed by one call. */
const BLOCKS = 16;

/** Compresses in the thread that calls it. */
export function packerOf(read: ByteSource, concurrency: number): DiskPacker {
  return {
    concurrency,
    async pack({ offset, length }, packing) {
      const plain = Buffer.alloc(roundUp(length, packing.blockSize));
      plain.set(await read(offset, length));
      return packBlocks(plain, packing);
    },
  };
}

/**
 * Compresses `blocks`, ascending, of a disk of `diskSize` bytes. Gives them in their order, without those of zeros; the
 * bytes are good until more are asked for.
 */
export async function* packDiskBlocks(
  blocks: readonly number[],
  diskSize: number,
  packing: BlockPacking,
  packer: DiskPacker,
): AsyncGenerator<readonly PackedBlock[]> {
  const { blockSize } = packing;
  const work = async ({ first, count }: Run) => {
    const offset = first * blockSize;
    const length = Math.min(count * blockSize, diskSize - offset);
    return { first, ...(await packer.pack({ offset, length }, packing)) };
  };
  for await (const { first, memory, lengths } of inOrder(runsOf(blocks), packer.concurrency, work)) {
    let at = 0;
    const packed = lengths.map((length, index) => {
      at += length;
      return { block: first + index, bytes: memory.subarray(at - length, at) };
    });
    yield packed.filter(({ bytes }) => bytes.length > 0);
    packer.reuse?.(memory);
  }
}

interface Run {
  readonly first: number;
  readonly count: number;
}

/** Blocks that follow one another. */
function* runsOf(blocks: readonly number[]): Generator<Run> {
  let first = 0;
  let count = 0;
  for (const block of blocks) {
    if (count > 0 && (block !== first + count || count === BLOCKS)) {
      yield { first, count };
      count = 0;
    }
    if (count === 0) first = block;
    count += 1;
  }
  if (count > 0) yield { first, count };
}

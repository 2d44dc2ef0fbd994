import { createHash } from 'node:crypto';
import { VERITY_BLOCK, verityGeometry } from '../../domain/verity.ts';
import type { PositionedBytes } from '../positioned.ts';
import { errorCorrection } from './error-correction.ts';
import { encodeVeritySuperblock, type VerityOptions } from './superblock.ts';

const DIGEST = 32;
const ZEROS = Buffer.alloc(VERITY_BLOCK);

/** Takes blocks of a hash device, in any order. */
export type TakeBlock = (piece: PositionedBytes) => Promise<void>;

/**
 * Hashes `dataBlocks` blocks of a device and hands out its hash device block by block, superblock first and error
 * correction last. Of the tree no more than a block of each level is held. Returns the root hash in hexadecimal. Throws
 * RangeError where there are other blocks than said, or what comes ends inside a block.
 */
export async function writeVerityTree(
  data: AsyncIterable<Uint8Array>,
  dataBlocks: number,
  options: VerityOptions,
  take: TakeBlock,
): Promise<string> {
  const { roots = 0 } = options;
  const { levels, fec } = verityGeometry(dataBlocks, roots);
  const correction = fec === undefined ? undefined : errorCorrection(dataBlocks, roots);
  const salted = createHash('sha256').update(options.salt);
  const digestOf = (block: Uint8Array): Buffer => salted.copy().update(block).digest();
  const zeros = digestOf(ZEROS);
  const open = levels.map(({ start }) => ({ block: Buffer.alloc(VERITY_BLOCK), used: 0, next: start }));
  let root: Buffer | undefined;

  /** Notes a digest in a level; above the last one it is the root's. */
  async function note(index: number, digest: Buffer): Promise<void> {
    const level = open[index];
    if (level === undefined) {
      root = digest;
      return;
    }
    level.block.set(digest, level.used);
    level.used += DIGEST;
    if (level.used === VERITY_BLOCK) await finish(index);
  }

  async function finish(index: number): Promise<void> {
    const level = open[index]!;
    const { block } = level;
    await take({ offset: level.next * VERITY_BLOCK, bytes: block });
    correction?.add(dataBlocks + level.next - 1, block);
    Object.assign(level, { block: Buffer.alloc(VERITY_BLOCK), used: 0, next: level.next + 1 });
    await note(index + 1, digestOf(block));
  }

  await take({ offset: 0, bytes: encodeVeritySuperblock(dataBlocks, options) });
  let count = 0;
  for await (const block of blocksOf(data)) {
    const isZeros = ZEROS.equals(block);
    if (!isZeros && count < dataBlocks) correction?.add(count, block);
    count += 1;
    await note(0, isZeros ? zeros : digestOf(block));
  }
  if (count !== dataBlocks) throw new RangeError(`${count} blocks came where ${dataBlocks} were said`);
  for (const [index, { used }] of open.entries()) if (used > 0) await finish(index);
  if (root === undefined) throw new RangeError('there is nothing to hash');
  if (correction !== undefined) await take({ offset: fec!.start * VERITY_BLOCK, bytes: correction.parity() });
  return root.toString('hex');
}

async function* blocksOf(data: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest = Buffer.alloc(0);
  for await (const piece of data) {
    let at = 0;
    if (rest.length > 0) {
      at = Math.min(VERITY_BLOCK - rest.length, piece.length);
      rest = Buffer.concat([rest, piece.subarray(0, at)]);
      if (rest.length < VERITY_BLOCK) continue;
      yield rest;
    }
    for (; at + VERITY_BLOCK <= piece.length; at += VERITY_BLOCK) yield piece.subarray(at, at + VERITY_BLOCK);
    rest = Buffer.from(piece.subarray(at));
  }
  if (rest.length > 0) throw new RangeError('the data ends inside a block');
}

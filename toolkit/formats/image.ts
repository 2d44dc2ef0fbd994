import { buildError } from '../domain/errors.ts';
import type { PositionedBytes } from './positioned.ts';

/** A run of a raw disk that may hold something else than zeros; in bytes. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

/**
 * One write to an image file: literal bytes, or a run of the raw disk to copy. Chunks do not overlap; what
 * no chunk covers is zeros.
 */
export type ImageChunk =
  | PositionedBytes
  | {
      readonly offset: number;
      readonly copyFrom: { readonly sourceOffset: number; readonly length: number };
    };

/** A whole image file. Chunks come in ascending order of `offset`; the file is `size` bytes long. */
export interface ImagePlan {
  readonly size: number;
  /** Starts over at each call. */
  chunks(): Iterable<ImageChunk>;
}

/**
 * Checks extents of a disk of `virtualSize` bytes: ascending, apart, inside. Throws `IMAGE_EXTENTS`.
 * Adjacent extents are joined and empty ones left out, so that equal disks give equal plans.
 */
export function normalizeExtents(extents: readonly Extent[], virtualSize: number): Extent[] {
  const normal: { offset: number; length: number }[] = [];
  let end = 0;
  for (const { offset, length } of extents) {
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || length < 0 || offset < end) {
      throw buildError('IMAGE_EXTENTS', `Extent ${offset}+${length} is not after the one before it.`);
    }
    if (offset + length > virtualSize) {
      throw buildError(
        'IMAGE_EXTENTS',
        `Extent ${offset}+${length} ends after the disk (${virtualSize} bytes).`,
      );
    }
    const last = normal.at(-1);
    if (length > 0 && last !== undefined && last.offset + last.length === offset) {
      last.length += length;
    } else if (length > 0) {
      normal.push({ offset, length });
    }
    end = offset + length;
  }
  return normal;
}

/** Indexes of the blocks of `blockSize` bytes that any of the extents touches, ascending. */
export function touchedBlocks(extents: readonly Extent[], blockSize: number): number[] {
  const blocks: number[] = [];
  for (const { offset, length } of extents) {
    const last = Math.floor((offset + length - 1) / blockSize);
    for (
      let block = Math.max(Math.floor(offset / blockSize), (blocks.at(-1) ?? -1) + 1);
      block <= last;
      block += 1
    ) {
      blocks.push(block);
    }
  }
  return blocks;
}

/**
 * Copies of what the extents hold, block by block, where `blocks[i]` of the disk lies in the file at
 * `placeOf(i)`. `between`, if given, is what comes before each block.
 */
export function* copyBlocks(
  extents: readonly Extent[],
  blocks: readonly number[],
  blockSize: number,
  placeOf: (index: number) => number,
  before?: (index: number) => ImageChunk,
): Generator<ImageChunk> {
  let next = 0;
  for (const [index, block] of blocks.entries()) {
    if (before !== undefined) {
      yield before(index);
    }
    const start = block * blockSize;
    const end = start + blockSize;
    while (next < extents.length && extents[next]!.offset + extents[next]!.length <= start) {
      next += 1;
    }
    for (let at = next; at < extents.length && extents[at]!.offset < end; at += 1) {
      const from = Math.max(extents[at]!.offset, start);
      const length = Math.min(extents[at]!.offset + extents[at]!.length, end) - from;
      yield { offset: placeOf(index) + (from - start), copyFrom: { sourceOffset: from, length } };
    }
  }
}

/** Joins copies that are adjacent both in the file and in the disk: fewer, longer `copy_file_range`. */
export function* joinCopies(chunks: Iterable<ImageChunk>): Generator<ImageChunk> {
  let held: { offset: number; copyFrom: { sourceOffset: number; length: number } } | undefined;
  for (const chunk of chunks) {
    if (
      held !== undefined &&
      'copyFrom' in chunk &&
      held.offset + held.copyFrom.length === chunk.offset &&
      held.copyFrom.sourceOffset + held.copyFrom.length === chunk.copyFrom.sourceOffset
    ) {
      held.copyFrom.length += chunk.copyFrom.length;
      continue;
    }
    if (held !== undefined) {
      yield held;
      held = undefined;
    }
    if ('copyFrom' in chunk) {
      held = { offset: chunk.offset, copyFrom: { ...chunk.copyFrom } };
    } else {
      yield chunk;
    }
  }
  if (held !== undefined) {
    yield held;
  }
}

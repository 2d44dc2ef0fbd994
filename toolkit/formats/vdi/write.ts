import { usageError } from '../../domain/errors.ts';
import { roundUp } from '../../domain/round.ts';
import {
  copyBlocks,
  type Extent,
  type ImagePlan,
  joinCopies,
  normalizeExtents,
  touchedBlocks,
} from '../image.ts';
import { BLOCK_SIZE, encodeHeader, HEADER_SIZE, type VdiIdentity } from './header.ts';

/** Of an entry that is not allocated, every byte. */
const UNALLOCATED = 0xff;
const SECTOR = 512;
/** As the other formats; VirtualBox itself ends far below it. */
const MAX_SIZE = 64 * 1024 ** 4;

/**
 * A dynamic VDI with blocks of 1 MiB, only those that an extent touches. `virtualSize` is in bytes, a
 * multiple of 512 up to 64 TiB, else `VDI_SIZE`; also throws `IMAGE_EXTENTS`. Source: docs/formats/vdi.md.
 */
export function planVdi(virtualSize: number, extents: readonly Extent[], identity: VdiIdentity): ImagePlan {
  const isWhole = Number.isSafeInteger(virtualSize) && virtualSize > 0 && virtualSize % SECTOR === 0;
  if (!isWhole || virtualSize > MAX_SIZE) {
    throw usageError('VDI_SIZE', `A VDI of ${virtualSize} bytes: not a multiple of 512 up to 64 TiB.`);
  }
  const normal = normalizeExtents(extents, virtualSize);
  const blocks = touchedBlocks(normal, BLOCK_SIZE);
  const blockCount = Math.ceil(virtualSize / BLOCK_SIZE);
  const dataOffset = roundUp(HEADER_SIZE + blockCount * 4, BLOCK_SIZE);
  const blockAt = (index: number) => dataOffset + index * BLOCK_SIZE;
  const header = {
    ...{ virtualSize, blockCount, dataOffset },
    mapOffset: HEADER_SIZE,
    allocatedBlocks: blocks.length,
  };
  return {
    size: blockAt(blocks.length),
    *chunks() {
      yield { offset: 0, bytes: encodeHeader(header, identity) };
      yield { offset: HEADER_SIZE, bytes: encodeMap(blockCount, blocks) };
      yield* joinCopies(copyBlocks(normal, blocks, BLOCK_SIZE, blockAt));
    },
  };
}

/** Which block of the file each block of the disk is; one that is not there reads as zeros. */
function encodeMap(blockCount: number, blocks: readonly number[]): Buffer {
  const map = Buffer.alloc(blockCount * 4, UNALLOCATED);
  for (const [index, block] of blocks.entries()) map.writeUInt32LE(index, block * 4);
  return map;
}

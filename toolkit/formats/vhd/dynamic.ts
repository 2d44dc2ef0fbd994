import { roundUp } from '../../domain/round.ts';
import { copyBlocks, type Extent, type ImagePlan, normalizeExtents, touchedBlocks } from '../image.ts';
import { checksum, encodeFooter, FOOTER_SIZE, SECTOR, type VhdIdentity } from './footer.ts';

const HEADER_SIZE = 1024;
const TABLE_OFFSET = FOOTER_SIZE + HEADER_SIZE;
const BLOCK_SIZE = 2 * 1024 * 1024;
/** A bit for each sector of a block. */
const BITMAP_SIZE = BLOCK_SIZE / SECTOR / 8;
const UNUSED = 0xffffffff;

/**
 * A dynamic VHD with blocks of 2 MiB, only those that an extent touches. `virtualSize` is in bytes.
 * Throws `VHD_SIZE` and `IMAGE_EXTENTS`.
 * Source: Microsoft, Virtual Hard Disk Image Format Specification 1.0, "Dynamic Disk Header Format".
 */
export function planDynamicVhd(
  virtualSize: number,
  extents: readonly Extent[],
  identity: VhdIdentity,
): ImagePlan {
  const footer = encodeFooter(virtualSize, 'dynamic', identity);
  const normal = normalizeExtents(extents, virtualSize);
  const blocks = touchedBlocks(normal, BLOCK_SIZE);
  const blockCount = Math.ceil(virtualSize / BLOCK_SIZE);
  const tableSize = roundUp(blockCount * 4, SECTOR);
  const blockAt = (index: number) => TABLE_OFFSET + tableSize + index * (BITMAP_SIZE + BLOCK_SIZE);
  const end = blockAt(blocks.length);
  return {
    size: end + FOOTER_SIZE,
    *chunks() {
      yield { offset: 0, bytes: footer };
      yield { offset: FOOTER_SIZE, bytes: encodeDynamicHeader(blockCount) };
      yield { offset: TABLE_OFFSET, bytes: encodeTable(tableSize, blocks, blockAt) };
      const bitmap = Buffer.alloc(BITMAP_SIZE, 0xff);
      const dataAt = (index: number) => blockAt(index) + BITMAP_SIZE;
      yield* copyBlocks(normal, blocks, BLOCK_SIZE, dataAt, (index) => ({
        offset: blockAt(index),
        bytes: bitmap,
      }));
      yield { offset: end, bytes: footer };
    },
  };
}

function encodeDynamicHeader(blockCount: number): Buffer {
  const header = Buffer.alloc(HEADER_SIZE);
  header.write('cxsparse', 0, 'latin1');
  header.writeBigUInt64BE(0xffff_ffff_ffff_ffffn, 8);
  header.writeBigUInt64BE(BigInt(TABLE_OFFSET), 16);
  header.writeUInt32BE(0x00010000, 24);
  header.writeUInt32BE(blockCount, 28);
  header.writeUInt32BE(BLOCK_SIZE, 32);
  header.writeUInt32BE(checksum(header), 36);
  return header;
}

/** Sector of each block in the file; a block that is not there reads as zeros. */
function encodeTable(size: number, blocks: readonly number[], blockAt: (index: number) => number): Buffer {
  const table = Buffer.alloc(size, 0xff);
  for (const [index, block] of blocks.entries()) {
    const sector = blockAt(index) / SECTOR;
    if (sector >= UNUSED) {
      throw new RangeError(`block ${block} lies behind what 32 bits address`);
    }
    table.writeUInt32BE(sector, block * 4);
  }
  return table;
}

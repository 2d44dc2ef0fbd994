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
import {
  encodeHeader,
  encodeIdentifier,
  encodeRegionTable,
  MIB,
  PLACES,
  REGION_GUIDS,
  type VhdxIdentity,
} from './headers.ts';
import { encodeMetadata } from './metadata.ts';

const BLOCK_SIZE = 2 * MIB;
const LOGICAL_SECTOR = 512;
/** What real disks have; a guest aligns its writes to it. */
const PHYSICAL_SECTOR = 4096;
const LOG = { offset: MIB, length: MIB };
const METADATA = { offset: 2 * MIB, length: MIB };
const TABLE_OFFSET = 3 * MIB;
/** Payload blocks between two sector bitmap entries of the table. */
const CHUNK_RATIO = (2 ** 23 * LOGICAL_SECTOR) / BLOCK_SIZE;
const MAX_SIZE = 64 * 1024 ** 4;
const STATE_ZERO = 2;
const STATE_PRESENT = 6;
const CREATOR = 'distrokit';

/**
 * A VHDX with blocks of 2 MiB and an empty log: a dynamic one has only the blocks that an extent touches, a
 * fixed one all of them, in their order. `virtualSize` is in bytes, a multiple of 512 up to 64 TiB, else
 * `VHDX_SIZE`; also throws `IMAGE_EXTENTS`. Source: [MS-VHDX].
 */
export function planVhdx(
  virtualSize: number,
  extents: readonly Extent[],
  identity: VhdxIdentity,
  type: 'dynamic' | 'fixed' = 'dynamic',
): ImagePlan {
  if (!Number.isSafeInteger(virtualSize) || virtualSize <= 0 || virtualSize % LOGICAL_SECTOR !== 0) {
    throw usageError('VHDX_SIZE', `A VHDX of ${virtualSize} bytes is no whole number of sectors.`);
  }
  if (virtualSize > MAX_SIZE) {
    throw usageError('VHDX_SIZE', `A VHDX of ${virtualSize} bytes is larger than 64 TiB.`);
  }
  const normal = normalizeExtents(extents, virtualSize);
  const blockCount = Math.ceil(virtualSize / BLOCK_SIZE);
  const isFixed = type === 'fixed';
  const blocks = isFixed
    ? Array.from({ length: blockCount }, (_, block) => block)
    : touchedBlocks(normal, BLOCK_SIZE);
  const entryCount = blockCount + Math.floor((blockCount - 1) / CHUNK_RATIO);
  const tableSize = roundUp(entryCount * 8, MIB);
  const blockAt = (index: number) => TABLE_OFFSET + tableSize + index * BLOCK_SIZE;
  return {
    size: blockAt(blocks.length),
    *chunks() {
      const regions = encodeRegionTable([
        { guid: REGION_GUIDS.bat, offset: TABLE_OFFSET, length: tableSize },
        { guid: REGION_GUIDS.metadata, ...METADATA },
      ]);
      yield { offset: PLACES.identifier, bytes: encodeIdentifier(CREATOR) };
      yield { offset: PLACES.headers[0], bytes: encodeHeader(1n, identity, LOG) };
      yield { offset: PLACES.headers[1], bytes: encodeHeader(2n, identity, LOG) };
      yield { offset: PLACES.regionTables[0], bytes: regions };
      yield { offset: PLACES.regionTables[1], bytes: regions };
      yield { offset: METADATA.offset, bytes: metadata(virtualSize, identity, isFixed) };
      yield { offset: TABLE_OFFSET, bytes: encodeTable(blockCount, entryCount, blocks, blockAt) };
      yield* joinCopies(copyBlocks(normal, blocks, BLOCK_SIZE, blockAt));
    },
  };
}

function metadata(virtualSize: number, { diskUuid }: VhdxIdentity, isFixed: boolean): Buffer {
  return encodeMetadata({
    blockSize: BLOCK_SIZE,
    isFixed,
    virtualSize,
    diskUuid,
    logicalSectorSize: LOGICAL_SECTOR,
    physicalSectorSize: PHYSICAL_SECTOR,
  });
}

/**
 * State and place of each block. A block that is not there is said to be zero: the specification leaves the
 * content of one that is only "not present" open. Source: [MS-VHDX] 2.5.
 */
function encodeTable(
  blockCount: number,
  entryCount: number,
  blocks: readonly number[],
  blockAt: (index: number) => number,
): Buffer {
  const table = Buffer.alloc(entryCount * 8);
  const entryAt = (block: number) => (block + Math.floor(block / CHUNK_RATIO)) * 8;
  for (let block = 0; block < blockCount; block += 1) {
    table.writeUInt32LE(STATE_ZERO, entryAt(block));
  }
  for (const [index, block] of blocks.entries()) {
    const megabytes = BigInt(blockAt(index) / MIB);
    table.writeBigUInt64LE((megabytes << 20n) | BigInt(STATE_PRESENT), entryAt(block));
  }
  return table;
}

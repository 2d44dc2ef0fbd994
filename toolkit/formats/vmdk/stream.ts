import { roundUp } from '../../domain/round.ts';
import type { BlockPacking } from '../compress/index.ts';
import { type DiskPacker, type PackedBlock, packDiskBlocks } from '../disk-packer.ts';
import { type Extent, normalizeExtents, touchedBlocks } from '../image.ts';
import { DESCRIPTOR_SECTORS, encodeDescriptor, type VmdkIdentity } from './descriptor.ts';
import {
  checkVmdkSize,
  encodeHeader,
  GRAIN_SIZE,
  SECTOR,
  TABLE_ENTRIES,
  TABLE_SECTORS,
  tableCount,
} from './header.ts';

const MARKERS = { endOfStream: 0, grainTable: 1, grainDirectory: 2, footer: 3 } as const;
const GRAIN_HEADER = 12;
const OVERHEAD = GRAIN_SIZE / SECTOR;
/** A grain that does not shrink is compressed as well: nothing would say that it is not. */
const PACKING: BlockPacking = { blockSize: GRAIN_SIZE, codec: { kind: 'zlib' }, keepsPlain: false };

/**
 * A stream-optimized VMDK: compressed grains of 64 KiB, each table after its grains, directory and footer
 * last, so that it is written and read in one go. `packer` reads the disk; grains of zeros are left out. Gives the
 * file's bytes from the first to the last. Throws `VMDK_SIZE` and `IMAGE_EXTENTS`.
 * Source: VMware Virtual Disk Format 5.0, "Stream-Optimized Compressed Sparse Extents".
 */
export async function* streamVmdk(
  virtualSize: number,
  extents: readonly Extent[],
  packer: DiskPacker,
  identity: VmdkIdentity,
): AsyncGenerator<Uint8Array> {
  checkVmdkSize(virtualSize);
  const touched = touchedBlocks(normalizeExtents(extents, virtualSize), GRAIN_SIZE);
  const header = {
    virtualSize,
    isStream: true,
    redundantDirectory: 0,
    directory: 'end',
    overhead: OVERHEAD,
    descriptor: { offset: 1, sectors: DESCRIPTOR_SECTORS },
  } as const;
  const head = Buffer.alloc(OVERHEAD * SECTOR);
  head.set(encodeHeader(header));
  head.set(encodeDescriptor(virtualSize, 'streamOptimized', identity), SECTOR);
  yield head;
  const tables = new GrainTables(tableCount(virtualSize), OVERHEAD);
  for await (const grains of packDiskBlocks(touched, virtualSize, PACKING, packer)) {
    // Written at once: many small writes take longer than compressing.
    const parts: Uint8Array[] = [];
    for (const packed of grains) {
      parts.push(...tables.closeBefore(packed.block));
      const bytes = marked(packed);
      tables.add(packed.block, bytes);
      parts.push(bytes);
    }
    if (parts.length > 0) yield Buffer.concat(parts);
  }
  yield* tables.close();
  yield tables.directory();
  yield marker(MARKERS.footer, encodeHeader({ ...header, directory: tables.directoryAt }));
  yield Buffer.alloc(SECTOR, MARKERS.endOfStream);
}

/** Where the grains of a stream went, and the tables that say so, each right after its grains. */
class GrainTables {
  /** Sector of each table, 0 for one that is not there. */
  readonly #directory: Buffer;
  #entries = Buffer.alloc(TABLE_ENTRIES * 4);
  #open: number | undefined;
  /** Sectors written so far. */
  #end: number;

  constructor(count: number, end: number) {
    this.#directory = Buffer.alloc(roundUp(count * 4, SECTOR));
    this.#end = end;
  }

  /** Sector of the directory, once it was given out. */
  get directoryAt(): number {
    return this.#end - this.#directory.length / SECTOR;
  }

  add(grain: number, bytes: Uint8Array): void {
    this.#open = Math.floor(grain / TABLE_ENTRIES);
    this.#entries.writeUInt32LE(this.#end, (grain % TABLE_ENTRIES) * 4);
    this.#end += bytes.length / SECTOR;
  }

  *closeBefore(grain: number): Generator<Uint8Array> {
    if (this.#open !== Math.floor(grain / TABLE_ENTRIES)) yield* this.close();
  }

  *close(): Generator<Uint8Array> {
    if (this.#open === undefined) return;
    this.#directory.writeUInt32LE(this.#end + 1, this.#open * 4);
    yield marker(MARKERS.grainTable, this.#entries);
    this.#end += 1 + TABLE_SECTORS;
    this.#entries = Buffer.alloc(TABLE_ENTRIES * 4);
    this.#open = undefined;
  }

  directory(): Uint8Array {
    this.#end += 1 + this.#directory.length / SECTOR;
    return marker(MARKERS.grainDirectory, this.#directory);
  }
}

/** A sector that tells what comes, and that. */
function marker(type: number, content: Buffer): Buffer {
  const head = Buffer.alloc(SECTOR);
  head.writeBigUInt64LE(BigInt(content.length / SECTOR), 0);
  head.writeUInt32LE(type, 12);
  return Buffer.concat([head, content]);
}

/** A grain with its marker, filled to whole sectors. */
function marked({ block, bytes }: PackedBlock): Buffer {
  const sectors = Buffer.alloc(roundUp(GRAIN_HEADER + bytes.length, SECTOR));
  sectors.writeBigUInt64LE(BigInt((block * GRAIN_SIZE) / SECTOR), 0);
  sectors.writeUInt32LE(bytes.length, 8);
  sectors.set(bytes, GRAIN_HEADER);
  return sectors;
}

import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';
import { type BlockPacker, zstdBlocks } from '../compress/index.ts';
import { type Extent, normalizeExtents, touchedBlocks } from '../image.ts';
import { inOrder } from '../in-order.ts';
import type { ByteSource } from '../source.ts';
import { CLUSTER_SIZE, COPIED } from './header.ts';
import { metadataChunks, type PlacedCluster } from './metadata.ts';
import { Places } from './places.ts';
import { checkQcow2Size } from './write.ts';

export interface CompressOptions {
  /** `deflate` for any reader; `zstd` for QEMU from 5.1: smaller and much faster. */
  readonly compression: 'deflate' | 'zstd';
  /** Clusters that are compressed at the same time; no influence on the result. */
  readonly concurrency: number;
}

const COMPRESSED = 1n << 62n;
/** Where the number of sectors stands in an entry: 62 - (cluster bits - 8). */
const SECTORS_SHIFT = 54n;
const SECTOR = 512;
/** QEMU unpacks deflate with a window of 4 KiB. */
const WINDOW_BITS = 12;
const deflate = promisify(deflateRaw);
/** A context costs little here. */
const DEFLATE: BlockPacker = {
  pack: async (block) => await deflate(block, { windowBits: WINDOW_BITS, level: 6 }),
  close: () => {},
};
/** QEMU's own. */
const ZSTD_LEVEL = 3;

/**
 * A qcow2 image, version 3, with compressed clusters, one after another without gaps; a cluster that does not
 * shrink is stored as it is, one of zeros not at all. Reads the disk. The header comes last: a file that was
 * cut short is no image. The file ends where the furthest chunk ends.
 * Throws `QCOW2_SIZE`, `IMAGE_EXTENTS`. Source: QEMU, docs/interop/qcow2.txt.
 */
export async function* compressQcow2(
  virtualSize: number,
  extents: readonly Extent[],
  read: ByteSource,
  options: CompressOptions,
): AsyncGenerator<{ readonly offset: number; readonly bytes: Uint8Array }> {
  checkQcow2Size(virtualSize);
  const clusters = touchedBlocks(normalizeExtents(extents, virtualSize), CLUSTER_SIZE);
  const placed: PlacedCluster[] = [];
  const places = new Places(CLUSTER_SIZE);
  const packer = options.compression === 'zstd' ? zstdBlocks(ZSTD_LEVEL, CLUSTER_SIZE) : DEFLATE;
  const work = (cluster: number) => pack(cluster, virtualSize, read, packer);
  try {
    for await (const packed of inOrder(clusters, options.concurrency, work)) {
      if (packed === undefined) continue;
      const { cluster, bytes, isPacked } = packed;
      const { length } = bytes;
      const offset = isPacked ? places.compressed(length) : places.plain();
      const entry = isPacked ? packedEntry(offset, offset + length) : storedEntry(offset);
      placed.push({ cluster, offset, length, entry });
      yield { offset, bytes };
    }
  } finally {
    packer.close();
  }
  yield* metadataChunks(virtualSize, placed, places.end / CLUSTER_SIZE, options.compression);
}

function packedEntry(offset: number, end: number): bigint {
  const sectors = Math.floor((end - 1) / SECTOR) - Math.floor(offset / SECTOR);
  return COMPRESSED | (BigInt(sectors) << SECTORS_SHIFT) | BigInt(offset);
}

function storedEntry(offset: number): bigint {
  return COPIED | BigInt(offset);
}

interface Packed {
  readonly cluster: number;
  readonly bytes: Uint8Array;
  readonly isPacked: boolean;
}

async function pack(
  cluster: number,
  virtualSize: number,
  read: ByteSource,
  packer: BlockPacker,
): Promise<Packed | undefined> {
  const offset = cluster * CLUSTER_SIZE;
  const length = Math.min(CLUSTER_SIZE, virtualSize - offset);
  const found = await read(offset, length);
  const plain = length === CLUSTER_SIZE ? found : Buffer.concat([found], CLUSTER_SIZE);
  if (ZEROS.equals(plain)) return undefined;
  const bytes = await packer.pack(plain);
  const isPacked = bytes.length < CLUSTER_SIZE;
  return { cluster, bytes: isPacked ? bytes : plain, isPacked };
}

const ZEROS = Buffer.alloc(CLUSTER_SIZE);

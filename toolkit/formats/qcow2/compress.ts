import { promisify } from 'node:util';
import { constants, deflateRaw, zstdCompress } from 'node:zlib';
import { type Extent, normalizeExtents, touchedBlocks } from '../image.ts';
import { inOrder } from '../in-order.ts';
import type { ByteSource } from '../source.ts';
import { CLUSTER_SIZE, COPIED } from './header.ts';
import { metadataChunks, type PlacedCluster } from './metadata.ts';
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
const zstd = promisify(zstdCompress);

/**
 * A qcow2 image, version 3, with compressed clusters, one after another without gaps; a cluster that does not
 * shrink is stored as it is, one of zeros not at all. Reads the disk. Chunks ascend, except that the header
 * comes last: a file that was cut short is no image. The file ends where the furthest chunk ends.
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
  let end = CLUSTER_SIZE;
  const work = (cluster: number) => pack(cluster, virtualSize, read, options.compression);
  for await (const packed of inOrder(clusters, options.concurrency, work)) {
    if (packed === undefined) continue;
    const { cluster, bytes, isPacked } = packed;
    const offset = isPacked ? end : Math.ceil(end / CLUSTER_SIZE) * CLUSTER_SIZE;
    end = offset + bytes.length;
    placed.push({
      cluster,
      offset,
      length: bytes.length,
      entry: isPacked ? packedEntry(offset, end) : storedEntry(offset),
    });
    yield { offset, bytes };
  }
  yield* metadataChunks(virtualSize, placed, Math.ceil(end / CLUSTER_SIZE), options.compression);
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
  compression: CompressOptions['compression'],
): Promise<Packed | undefined> {
  const offset = cluster * CLUSTER_SIZE;
  const plain = Buffer.alloc(CLUSTER_SIZE);
  plain.set(await read(offset, Math.min(CLUSTER_SIZE, virtualSize - offset)));
  if (plain.equals(ZEROS)) {
    return undefined;
  }
  const bytes =
    compression === 'zstd'
      ? await zstd(plain, { params: { [constants.ZSTD_c_compressionLevel]: 3 } })
      : await deflate(plain, { windowBits: WINDOW_BITS, level: 6 });
  const isPacked = bytes.length < CLUSTER_SIZE;
  return { cluster, bytes: isPacked ? bytes : plain, isPacked };
}

const ZEROS = Buffer.alloc(CLUSTER_SIZE);

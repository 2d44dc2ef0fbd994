import { type DiskPacker, packDiskBlocks } from '../disk-packer.ts';
import { GatheredChunks } from '../gathered-chunks.ts';
import { type Extent, normalizeExtents, touchedBlocks } from '../image.ts';
import type { PositionedBytes } from '../positioned.ts';
import { CLUSTER_SIZE, COPIED } from './header.ts';
import { metadataChunks, type PlacedCluster } from './metadata.ts';
import { Places } from './places.ts';
import { checkQcow2Size } from './write.ts';

/** `deflate` for any reader; `zstd` for QEMU from 5.1: smaller and much faster. */
export type Qcow2Compression = 'deflate' | 'zstd';

const COMPRESSED = 1n << 62n;
/** Where the number of sectors stands in an entry: 62 - (cluster bits - 8). */
const SECTORS_SHIFT = 54n;
const SECTOR = 512;
/** QEMU unpacks deflate with a window of 4 KiB; its own level of Zstandard is 3. */
const CODECS = { deflate: { kind: 'deflate', windowBits: 12 }, zstd: { kind: 'zstd', level: 3 } } as const;

/**
 * A qcow2 image, version 3, with compressed clusters, one after another without gaps; a cluster that does not
 * shrink is stored as it is, one of zeros not at all. `packer` reads the disk. The header comes last: a file that
 * was cut short is no image. The file ends where the furthest chunk ends. A chunk is good until the next is asked for.
 * Throws `QCOW2_SIZE`, `IMAGE_EXTENTS`. Source: QEMU, docs/interop/qcow2.txt.
 */
export async function* compressQcow2(
  virtualSize: number,
  extents: readonly Extent[],
  packer: DiskPacker,
  compression: Qcow2Compression,
): AsyncGenerator<PositionedBytes> {
  checkQcow2Size(virtualSize);
  const clusters = touchedBlocks(normalizeExtents(extents, virtualSize), CLUSTER_SIZE);
  const packing = { blockSize: CLUSTER_SIZE, codec: CODECS[compression], keepsPlain: true };
  const placed: PlacedCluster[] = [];
  const places = new Places(CLUSTER_SIZE);
  // Apart: the compressed ones go on where they were while plain ones are put behind them.
  const gathered = { packed: new GatheredChunks(), plain: new GatheredChunks() };
  for await (const packed of packDiskBlocks(clusters, virtualSize, packing, packer)) {
    for (const { block: cluster, bytes } of packed) {
      const { length } = bytes;
      const isPacked = length < CLUSTER_SIZE;
      const offset = isPacked ? places.compressed(length) : places.plain();
      const entry = isPacked ? packedEntry(offset, offset + length) : storedEntry(offset);
      placed.push({ cluster, offset, length, entry });
      yield* gathered[isPacked ? 'packed' : 'plain'].add(offset, bytes);
    }
  }
  yield* gathered.packed.end();
  yield* gathered.plain.end();
  yield* metadataChunks(virtualSize, placed, places.end / CLUSTER_SIZE, compression);
}

function packedEntry(offset: number, end: number): bigint {
  const sectors = Math.floor((end - 1) / SECTOR) - Math.floor(offset / SECTOR);
  return COMPRESSED | (BigInt(sectors) << SECTORS_SHIFT) | BigInt(offset);
}

function storedEntry(offset: number): bigint {
  return COPIED | BigInt(offset);
}

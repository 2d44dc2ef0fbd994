import { usageError } from '../../domain/errors.ts';
import {
  copyBlocks,
  type Extent,
  type ImageChunk,
  type ImagePlan,
  joinCopies,
  normalizeExtents,
  touchedBlocks,
} from '../image.ts';
import { CLUSTER_SIZE, COPIED, clusterOffset, encodeHeader, L2_ENTRIES, MAX_SIZE } from './header.ts';
import { planLayout, type Qcow2Layout } from './layout.ts';

/**
 * A qcow2 image, version 3, without compression, clusters of 64 KiB, only those that an extent touches.
 * `virtualSize` is in bytes, a multiple of 512 up to 64 TiB, else `QCOW2_SIZE`; also throws `IMAGE_EXTENTS`.
 * Nothing in it identifies it: the same disk gives the same bytes.
 * Source: QEMU, docs/interop/qcow2.txt.
 */
export function planQcow2(virtualSize: number, extents: readonly Extent[]): ImagePlan {
  checkQcow2Size(virtualSize);
  const normal = normalizeExtents(extents, virtualSize);
  const clusters = touchedBlocks(normal, CLUSTER_SIZE);
  const layout = planLayout(virtualSize, clusters);
  return {
    size: layout.total * CLUSTER_SIZE,
    *chunks() {
      yield { offset: 0, bytes: encodeHeader({ virtualSize, ...layout }) };
      yield* refcountChunks(layout);
      yield* tableChunks(layout, clusters);
      const clusterAt = (index: number) => (layout.data.cluster + index) * CLUSTER_SIZE;
      yield* joinCopies(copyBlocks(normal, clusters, CLUSTER_SIZE, clusterAt));
    },
  };
}

/** Throws `QCOW2_SIZE` for a disk that qcow2 cannot hold. */
export function checkQcow2Size(virtualSize: number): void {
  const isWhole = Number.isSafeInteger(virtualSize) && virtualSize > 0 && virtualSize % 512 === 0;
  if (!isWhole || virtualSize > MAX_SIZE) {
    throw usageError('QCOW2_SIZE', `A qcow2 of ${virtualSize} bytes: not a multiple of 512 up to 64 TiB.`);
  }
}

/** Every cluster of the file has exactly one reference. */
function* refcountChunks({ refcountTable, refcountBlocks, total }: Qcow2Layout): Generator<ImageChunk> {
  const table = Buffer.alloc(refcountBlocks.count * 8);
  for (let index = 0; index < refcountBlocks.count; index += 1) {
    table.writeBigUInt64BE(clusterOffset(refcountBlocks.cluster + index), index * 8);
  }
  yield { offset: refcountTable.cluster * CLUSTER_SIZE, bytes: table };
  const ones = Buffer.alloc(total * 2);
  for (let cluster = 0; cluster < total; cluster += 1) {
    ones.writeUInt16BE(1, cluster * 2);
  }
  yield { offset: refcountBlocks.cluster * CLUSTER_SIZE, bytes: ones };
}

function* tableChunks({ l1, l2, data }: Qcow2Layout, clusters: readonly number[]): Generator<ImageChunk> {
  const first = Buffer.alloc(l1.entries * 8);
  const second = Buffer.alloc(l2.indexes.length * CLUSTER_SIZE);
  const places = new Map<number, number>();
  for (const [place, index] of l2.indexes.entries()) {
    first.writeBigUInt64BE(clusterOffset(l2.cluster + place) | COPIED, index * 8);
    places.set(index, place);
  }
  for (const [at, cluster] of clusters.entries()) {
    const place = places.get(Math.floor(cluster / L2_ENTRIES)) ?? 0;
    const entry = place * CLUSTER_SIZE + (cluster % L2_ENTRIES) * 8;
    second.writeBigUInt64BE(clusterOffset(data.cluster + at) | COPIED, entry);
  }
  yield { offset: l1.cluster * CLUSTER_SIZE, bytes: first };
  if (second.length > 0) {
    yield { offset: l2.cluster * CLUSTER_SIZE, bytes: second };
  }
}

import {
  CLUSTER_SIZE,
  COPIED,
  clusterOffset,
  encodeHeader,
  L2_ENTRIES,
  l1EntryCount,
  REFCOUNTS,
  refcountSizes,
} from './header.ts';

/** A cluster of the disk that lies in the file; `offset` and `length` in bytes. */
export interface PlacedCluster {
  readonly cluster: number;
  readonly offset: number;
  readonly length: number;
  /** What the L2 table says about it. */
  readonly entry: bigint;
}

/**
 * L2 tables, L1, refcount blocks and table after the data, which takes `dataEnd` clusters with the header's;
 * then the header. Several packed clusters may share a cluster of the file: each is a reference.
 */
export function* metadataChunks(
  virtualSize: number,
  placed: readonly PlacedCluster[],
  dataEnd: number,
  compression: 'deflate' | 'zstd',
): Generator<{ offset: number; bytes: Uint8Array }> {
  const indexes = [...new Set(placed.map(({ cluster }) => Math.floor(cluster / L2_ENTRIES)))];
  const entries = l1EntryCount(virtualSize);
  const l1Count = Math.ceil((entries * 8) / CLUSTER_SIZE);
  const l1 = { cluster: dataEnd + indexes.length, entries };
  const blockAt = l1.cluster + l1Count;
  const { blocks, tables } = refcountSizes(blockAt);
  const refcountTable = { cluster: blockAt + blocks, count: tables };

  const second = Buffer.alloc(indexes.length * CLUSTER_SIZE);
  const first = Buffer.alloc(l1Count * CLUSTER_SIZE);
  const places = new Map(indexes.map((index, place) => [index, place]));
  for (const [index, place] of places) {
    first.writeBigUInt64BE(COPIED | clusterOffset(dataEnd + place), index * 8);
  }
  for (const { cluster, entry } of placed) {
    const place = places.get(Math.floor(cluster / L2_ENTRIES)) ?? 0;
    second.writeBigUInt64BE(entry, place * CLUSTER_SIZE + (cluster % L2_ENTRIES) * 8);
  }
  if (second.length > 0) {
    yield { offset: dataEnd * CLUSTER_SIZE, bytes: second };
  }
  yield { offset: l1.cluster * CLUSTER_SIZE, bytes: first };
  const counts = countReferences(placed, dataEnd, refcountTable.cluster + tables, blocks);
  yield { offset: blockAt * CLUSTER_SIZE, bytes: counts };
  const table = Buffer.alloc(tables * CLUSTER_SIZE);
  for (let index = 0; index < blocks; index += 1) {
    table.writeBigUInt64BE(clusterOffset(blockAt + index), index * 8);
  }
  yield { offset: refcountTable.cluster * CLUSTER_SIZE, bytes: table };
  yield { offset: 0, bytes: encodeHeader({ virtualSize, l1, refcountTable, compression }) };
}

/** Data clusters are counted; the header and all tables have one reference each. */
function countReferences(
  placed: readonly PlacedCluster[],
  dataEnd: number,
  total: number,
  blocks: number,
): Buffer {
  const counts = Buffer.alloc(blocks * REFCOUNTS * 2);
  const add = (cluster: number) => counts.writeUInt16BE(counts.readUInt16BE(cluster * 2) + 1, cluster * 2);
  for (const { offset, length } of placed) {
    const last = Math.floor((offset + length - 1) / CLUSTER_SIZE);
    for (let cluster = Math.floor(offset / CLUSTER_SIZE); cluster <= last; cluster += 1) {
      add(cluster);
    }
  }
  add(0);
  for (let cluster = dataEnd; cluster < total; cluster += 1) {
    add(cluster);
  }
  return counts;
}

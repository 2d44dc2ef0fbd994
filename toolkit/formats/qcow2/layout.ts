/** Bytes of a cluster: QEMU's default. */
export const CLUSTER_SIZE = 65536;
/** Entries of an L2 table, and of the L1 table's clusters. */
export const L2_ENTRIES = CLUSTER_SIZE / 8;
/** Reference counts of 16 bits in a block of one cluster. */
const REFCOUNTS = CLUSTER_SIZE / 2;

/** Where the parts of an image lie, in clusters; in this order, header first. */
export interface Qcow2Layout {
  readonly refcountTable: { readonly cluster: number; readonly count: number };
  readonly refcountBlocks: { readonly cluster: number; readonly count: number };
  readonly l1: { readonly cluster: number; readonly count: number; readonly entries: number };
  /** Indexes into L1 of the L2 tables that are there, ascending. */
  readonly l2: { readonly cluster: number; readonly indexes: readonly number[] };
  readonly data: { readonly cluster: number; readonly count: number };
  /** All clusters of the file. */
  readonly total: number;
}

/**
 * Lays out an image of `virtualSize` bytes that holds the given clusters of the disk. The number of refcount
 * blocks depends on the size of the file, which they are part of: it is raised until it is enough.
 */
export function planLayout(virtualSize: number, clusters: readonly number[]): Qcow2Layout {
  const l1Entries = Math.ceil(virtualSize / (CLUSTER_SIZE * L2_ENTRIES));
  const l1Count = Math.max(1, Math.ceil((l1Entries * 8) / CLUSTER_SIZE));
  const indexes = [...new Set(clusters.map((cluster) => Math.floor(cluster / L2_ENTRIES)))];
  const others = 1 + l1Count + indexes.length + clusters.length;
  let blocks = 1;
  let tables = 1;
  while (blocks * REFCOUNTS < others + blocks + tables) {
    blocks = Math.ceil((others + blocks + tables) / REFCOUNTS);
    tables = Math.ceil((blocks * 8) / CLUSTER_SIZE);
  }
  const refcountTable = { cluster: 1, count: tables };
  const refcountBlocks = { cluster: 1 + tables, count: blocks };
  const l1 = { cluster: refcountBlocks.cluster + blocks, count: l1Count, entries: l1Entries };
  const l2 = { cluster: l1.cluster + l1Count, indexes };
  const data = { cluster: l2.cluster + indexes.length, count: clusters.length };
  return { refcountTable, refcountBlocks, l1, l2, data, total: data.cluster + data.count };
}

import { CLUSTER_SIZE, L2_ENTRIES, l1EntryCount, refcountSizes } from './header.ts';

/** Where the parts of an image without compression lie, in clusters; in this order, header first. */
export interface Qcow2Layout {
  readonly refcountTable: { readonly cluster: number; readonly count: number };
  readonly refcountBlocks: { readonly cluster: number; readonly count: number };
  readonly l1: { readonly cluster: number; readonly entries: number };
  /** Indexes into L1 of the L2 tables that are there, ascending. */
  readonly l2: { readonly cluster: number; readonly indexes: readonly number[] };
  readonly data: { readonly cluster: number };
  /** All clusters of the file. */
  readonly total: number;
}

/** Lays out an image of `virtualSize` bytes that holds the given clusters of the disk. */
export function planLayout(virtualSize: number, clusters: readonly number[]): Qcow2Layout {
  const entries = l1EntryCount(virtualSize);
  const l1Count = Math.ceil((entries * 8) / CLUSTER_SIZE);
  const indexes = [...new Set(clusters.map((cluster) => Math.floor(cluster / L2_ENTRIES)))];
  const { blocks, tables } = refcountSizes(1 + l1Count + indexes.length + clusters.length);
  const refcountTable = { cluster: 1, count: tables };
  const refcountBlocks = { cluster: 1 + tables, count: blocks };
  const l1 = { cluster: refcountBlocks.cluster + blocks, entries };
  const l2 = { cluster: l1.cluster + l1Count, indexes };
  const data = { cluster: l2.cluster + indexes.length };
  return { refcountTable, refcountBlocks, l1, l2, data, total: data.cluster + clusters.length };
}

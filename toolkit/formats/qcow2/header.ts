/** Bytes of a cluster: QEMU's default. */
export const CLUSTER_SIZE = 65536;
/** Entries of an L2 table. */
export const L2_ENTRIES = CLUSTER_SIZE / 8;
/** Reference counts of 16 bits in a block of one cluster. */
export const REFCOUNTS = CLUSTER_SIZE / 2;
/** Flag of a table entry: one reference, may be written in place. */
export const COPIED = 1n << 63n;
/** QEMU refuses an L1 table above 32 MiB; this is far below it. */
export const MAX_SIZE = 64 * 1024 ** 4;

/** Where the tables of an image lie; places in clusters. */
export interface Qcow2Tables {
  readonly virtualSize: number;
  readonly l1: { readonly cluster: number; readonly entries: number };
  readonly refcountTable: { readonly cluster: number; readonly count: number };
  /** How compressed clusters are packed, if there are any. */
  readonly compression?: 'deflate' | 'zstd';
}

const CLUSTER_BITS = 16;
const REFCOUNT_ORDER = 4;
const HEADER_LENGTH = 112;
/** Incompatible feature: the compression type is not deflate. */
const HAS_COMPRESSION_TYPE = 1n << 3n;
const ZSTD = 1;

/** The header, version 3, and the mark that no extension follows. Source: QEMU, docs/interop/qcow2.txt. */
export function encodeHeader({ virtualSize, l1, refcountTable, compression }: Qcow2Tables): Buffer {
  const header = Buffer.alloc(HEADER_LENGTH + 8);
  header.write('QFI\xfb', 0, 'latin1');
  header.writeUInt32BE(3, 4);
  header.writeUInt32BE(CLUSTER_BITS, 20);
  header.writeBigUInt64BE(BigInt(virtualSize), 24);
  header.writeUInt32BE(l1.entries, 36);
  header.writeBigUInt64BE(clusterOffset(l1.cluster), 40);
  header.writeBigUInt64BE(clusterOffset(refcountTable.cluster), 48);
  header.writeUInt32BE(refcountTable.count, 56);
  header.writeUInt32BE(REFCOUNT_ORDER, 96);
  header.writeUInt32BE(HEADER_LENGTH, 100);
  if (compression === 'zstd') {
    header.writeBigUInt64BE(HAS_COMPRESSION_TYPE, 72);
    header.writeUInt8(ZSTD, 104);
  }
  return header;
}

/** Place of a cluster in the file, in bytes. */
export function clusterOffset(cluster: number): bigint {
  return BigInt(cluster) * BigInt(CLUSTER_SIZE);
}

/** Entries of the L1 table of a disk of `virtualSize` bytes. */
export function l1EntryCount(virtualSize: number): number {
  return Math.ceil(virtualSize / (CLUSTER_SIZE * L2_ENTRIES));
}

/**
 * How many refcount blocks, and clusters of the table of blocks, a file of `others` clusters beside them
 * needs: they count themselves too.
 */
export function refcountSizes(others: number): { blocks: number; tables: number } {
  let blocks = 1;
  let tables = 1;
  while (blocks * REFCOUNTS < others + blocks + tables) {
    blocks = Math.ceil((others + blocks + tables) / REFCOUNTS);
    tables = Math.ceil((blocks * 8) / CLUSTER_SIZE);
  }
  return { blocks, tables };
}

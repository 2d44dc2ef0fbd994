/** Bytes of a block of data, and of one of hashes. */
export const VERITY_BLOCK = 4096;
const DIGEST = 32;
const DIGESTS_PER_BLOCK = VERITY_BLOCK / DIGEST;

/** Where the hash tree of a dm-verity device lies. All numbers are blocks of 4 KiB of the hash device. */
export interface VerityGeometry {
  readonly dataBlocks: number;
  /** The lowest level, with the digests of the data, comes first here; on the device it comes last. */
  readonly levels: readonly { readonly start: number; readonly blocks: number }[];
  /** All of it, with the superblock. */
  readonly blocks: number;
}

/**
 * Lays out the tree over `dataBlocks` blocks, with sha256: the superblock, then the levels from the top one down.
 * Source: cryptsetup's wiki, DMVerity; Linux, Documentation/admin-guide/device-mapper/verity.rst.
 */
export function verityGeometry(dataBlocks: number): VerityGeometry {
  const counts: number[] = [];
  for (let count = dataBlocks; count > 1; ) {
    count = Math.ceil(count / DIGESTS_PER_BLOCK);
    counts.push(count);
  }
  let next = 1;
  const levels = counts
    .toReversed()
    .map((blocks) => {
      const start = next;
      next += blocks;
      return { start, blocks };
    })
    .toReversed();
  return { dataBlocks, levels, blocks: next };
}

/** Bytes that superblock and tree of `dataBytes` take. */
export function verityBytes(dataBytes: number): number {
  return verityGeometry(Math.ceil(dataBytes / VERITY_BLOCK)).blocks * VERITY_BLOCK;
}

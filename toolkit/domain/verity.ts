/** Bytes of a block of data, and of one of hashes. */
export const VERITY_BLOCK = 4096;
const DIGEST = 32;
const DIGESTS_PER_BLOCK = VERITY_BLOCK / DIGEST;

/** Bytes of a Reed-Solomon code word: data and parity. */
const CODE_WORD = 255;

/** Where the hash tree of a dm-verity device lies. All numbers are blocks of 4 KiB of the hash device. */
export interface VerityGeometry {
  readonly dataBlocks: number;
  /** The lowest level, with the digests of the data, comes first here; on the device it comes last. */
  readonly levels: readonly { readonly start: number; readonly blocks: number }[];
  /** Error correction; undefined where nothing can be corrected. */
  readonly fec: FecGeometry | undefined;
  /** All of it, with the superblock and the error correction. */
  readonly blocks: number;
}

/** Parity behind a hash tree. */
export interface FecGeometry {
  /** Blocks that it covers: the data, and the tree without the superblock. */
  readonly covered: number;
  readonly start: number;
  readonly blocks: number;
  /** How far apart the blocks of a code word are. */
  readonly rounds: number;
}

/**
 * Lays out the tree over `dataBlocks` blocks, with sha256: the superblock, then the levels from the top one down, then
 * `roots` bytes of parity in 255 where `roots` is not 0. Source: cryptsetup's wiki, DMVerity; Linux,
 * Documentation/admin-guide/device-mapper/verity.rst.
 */
export function verityGeometry(dataBlocks: number, roots = 0): VerityGeometry {
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
  const fec = roots === 0 ? undefined : fecGeometry(dataBlocks + next - 1, next, roots);
  return { dataBlocks, levels, fec, blocks: next + (fec?.blocks ?? 0) };
}

function fecGeometry(covered: number, start: number, roots: number): FecGeometry {
  const rounds = Math.ceil(covered / (CODE_WORD - roots));
  return { covered, start, rounds, blocks: rounds * roots };
}

/** Bytes that superblock, tree and error correction of `dataBytes` take. */
export function verityBytes(dataBytes: number, roots = 0): number {
  return verityGeometry(Math.ceil(dataBytes / VERITY_BLOCK), roots).blocks * VERITY_BLOCK;
}

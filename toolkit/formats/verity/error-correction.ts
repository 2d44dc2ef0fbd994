import { VERITY_BLOCK, verityGeometry } from '../../domain/verity.ts';
import { parityTables } from './reed-solomon.ts';

/** Parity of a device and its hash tree. */
export interface ErrorCorrection {
  /** Takes a block that is covered: the data comes first, the tree behind it. Each may come once, in any order. */
  add(index: number, block: Uint8Array): void;
  /** What lies behind the tree, when all have come. Blocks that did not come are zeros. */
  parity(): Buffer;
}

/**
 * Lets damaged blocks of `dataBlocks` blocks and their hash tree be computed again. All of the parity is in memory:
 * `roots` / (255 - `roots`) of what it covers. Code words take a byte from each of 255 - `roots` blocks that lie as far
 * apart as they can. Source: Linux, drivers/md/dm-verity-fec.c; cryptsetup, lib/verity/verity_fec.c.
 */
export function errorCorrection(dataBlocks: number, roots: number): ErrorCorrection {
  const { fec } = verityGeometry(dataBlocks, roots);
  const rounds = fec?.rounds ?? 1;
  // The largest words that the parity of a byte is whole ones of: they are added up at once.
  const Words = roots % 4 === 0 ? Uint32Array : roots % 2 === 0 ? Uint16Array : Uint8Array;
  const bytes = new ArrayBuffer((fec?.blocks ?? 0) * VERITY_BLOCK);
  const parity = new Words(bytes);
  const words = roots / Words.BYTES_PER_ELEMENT;
  const tables = parityTables(roots);
  return {
    add: (index, block) => {
      const table = new Words(tables.at(Math.floor(index / rounds)).buffer);
      let at = (index % rounds) * VERITY_BLOCK * words;
      for (let offset = 0; offset < VERITY_BLOCK; offset += 1, at += words) {
        const from = block[offset]! * words;
        for (let word = 0; word < words; word += 1) parity[at + word]! ^= table[from + word]!;
      }
    },
    parity: () => Buffer.from(bytes),
  };
}

import { deflateRawSync, deflateSync, inflateRawSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type BlockPacking, packBlocks } from '../../../toolkit/formats/compress/index.ts';
import { noise } from '../support/bytes.ts';

const BLOCK = 65536;
const BLOCKS = [
  Buffer.alloc(BLOCK, 'text that is there again '),
  noise(BLOCK, 1),
  Buffer.alloc(BLOCK),
  Buffer.concat([noise(1000, 2), Buffer.alloc(BLOCK - 1000)]),
];

/** What `packBlocks` gives, block by block. */
function packed(codec: BlockPacking['codec'], keepsPlain: boolean): Uint8Array[] {
  const { memory, lengths } = packBlocks(Buffer.concat(BLOCKS), { blockSize: BLOCK, codec, keepsPlain });
  let at = 0;
  return lengths.map((length) => {
    at += length;
    return memory.subarray(at - length, at);
  });
}

describe('packBlocks', () => {
  it('compresses each block by itself, and gives nothing for one of zeros', () => {
    const parts = packed({ kind: 'zlib' }, false);
    const [text, random, , mixed] = BLOCKS.map((block) => deflateSync(block));
    expect(parts.map((part) => Buffer.from(part))).toEqual([text, random, Buffer.alloc(0), mixed]);
    expect(parts[1]!.length).toBeGreaterThan(BLOCK);
  });

  it('keeps a block as it is that does not shrink, where it may', () => {
    const parts = packed({ kind: 'zstd', level: 3 }, true);
    expect(Buffer.from(parts[1]!).equals(BLOCKS[1]!)).toBe(true);
    for (const at of [0, 3]) expect(zstdDecompressSync(parts[at]!).equals(BLOCKS[at]!)).toBe(true);
  });

  it('uses the window that it is told', () => {
    const parts = packed({ kind: 'deflate', windowBits: 12 }, true);
    expect(Buffer.from(parts[0]!)).toEqual(deflateRawSync(BLOCKS[0]!, { level: 6, windowBits: 12 }));
    expect(inflateRawSync(parts[3]!).equals(BLOCKS[3]!)).toBe(true);
  });

  it('uses memory again that is large enough', () => {
    const packing = { blockSize: BLOCK, codec: { kind: 'zlib' }, keepsPlain: false } as const;
    const { memory } = packBlocks(Buffer.concat(BLOCKS), packing);
    memory.fill(1);
    const again = packBlocks(BLOCKS[1]!, packing, memory);
    expect(again.memory).toBe(memory);
    expect(Buffer.from(memory.subarray(0, again.lengths[0]))).toEqual(deflateSync(BLOCKS[1]!));
    expect(packBlocks(BLOCKS[1]!, packing, new Uint8Array(9)).memory.length).toBeGreaterThan(BLOCK);
  });
});

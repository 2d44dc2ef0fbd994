import { constants, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { zstdBlocks } from '../../../toolkit/formats/compress/index.ts';
import { noise, sha256 } from '../support/bytes.ts';

const BLOCK = 65536;

describe('zstdBlocks', () => {
  it('gives the frames of zstdCompress, in whatever order and however many at once', async () => {
    const blocks = [
      Buffer.alloc(BLOCK, 'text that is there again '),
      noise(BLOCK, 1),
      Buffer.concat([noise(1000, 2), Buffer.alloc(BLOCK - 1000)]),
      Buffer.alloc(BLOCK, 'other text'),
      noise(BLOCK, 3),
    ];
    const packer = zstdBlocks(3, BLOCK);
    const alone: Uint8Array[] = [];
    for (const block of blocks.toReversed()) alone.unshift(await packer.pack(block));
    const many = Array.from({ length: 40 }, (_, index) => blocks[index % blocks.length]!);
    const together = await Promise.all(many.map((block) => packer.pack(block)));
    const again = await Promise.all(many.map((block) => packer.pack(block)));
    packer.close();
    const params = { [constants.ZSTD_c_compressionLevel]: 3 };
    const wanted = blocks.map((block) => zstdCompressSync(block, { params }));
    expect(alone.map(sha256)).toEqual(wanted.map(sha256));
    for (const frames of [together, again]) {
      expect(frames.map(sha256)).toEqual(many.map((_, index) => sha256(wanted[index % wanted.length]!)));
    }
  });
});

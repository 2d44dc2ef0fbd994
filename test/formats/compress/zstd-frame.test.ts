import { constants, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { firstZstdFrame } from '../../../toolkit/formats/compress/index.ts';
import { noise } from '../support/bytes.ts';

describe('firstZstdFrame', () => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['noise', noise(300_000, 1)],
    ['zeros', Buffer.alloc(1_000_000)],
    ['text', Buffer.alloc(70_000, 'text that is there again ')],
  ])('ends where the frame ends: %s', (_, bytes) => {
    for (const checksum of [0, 1]) {
      for (const size of [0, 1]) {
        const { ZSTD_c_checksumFlag: sum, ZSTD_c_contentSizeFlag: content } = constants;
        const frame = zstdCompressSync(bytes, { params: { [sum]: checksum, [content]: size } });
        expect(firstZstdFrame(Buffer.concat([frame, noise(5000, 2)])).equals(frame)).toBe(true);
      }
    }
  });

  it('refuses what is none, or cut short', () => {
    const frame = zstdCompressSync(noise(300_000, 1));
    expect(() => firstZstdFrame(noise(100, 3))).toThrow('no Zstandard frame');
    expect(() => firstZstdFrame(frame.subarray(0, 131_000))).toThrow(RangeError);
  });
});

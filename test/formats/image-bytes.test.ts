import { describe, expect, it } from 'vitest';
import { imageBytes } from '../../toolkit/formats/image-bytes.ts';
import { memorySource } from '../../toolkit/formats/source.ts';
import { collect, noise } from './support/bytes.ts';
import { MIB } from './support/image.ts';

describe('imageBytes', () => {
  it('gives literal bytes, copies of the disk and zeros for what is left out', async () => {
    const disk = noise(3 * MIB, 1);
    const chunks = [
      { offset: 5, bytes: Buffer.from('head') },
      { offset: 2 * MIB, copyFrom: { sourceOffset: 7, length: 2 * MIB + 1 } },
    ];
    const bytes = await collect(imageBytes({ size: 5 * MIB, chunks: () => chunks }, memorySource(disk)));
    const wanted = Buffer.alloc(5 * MIB);
    wanted.write('head', 5);
    wanted.set(disk.subarray(7, 2 * MIB + 8), 2 * MIB);
    expect(bytes.equals(wanted)).toBe(true);
  });
});

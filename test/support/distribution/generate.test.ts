import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateDistribution } from './generate.ts';

function digest(seed: number): string {
  const { files, macros } = generateDistribution(seed, 700);
  const hash = createHash('sha256').update(macros);
  for (const [path, text] of files) hash.update(`${path}\0${text}\0`);
  return hash.digest('hex');
}

describe('generateDistribution', () => {
  it('gives the same bytes for the same seed, on every host', () => {
    expect(digest(1)).toBe('d0d3d15403f8fe1163bed07a2cb1617192e5810ed917fb2e0711f928e8b27fe6');
    expect(digest(2)).not.toBe(digest(1));
  });

  it('gives as many specs as it is asked for, large and small', () => {
    const { files } = generateDistribution(3, 1200);
    const sizes = [...files].filter(([path]) => path.endsWith('.spec')).map(([, text]) => text.length);
    sizes.sort((a, b) => a - b);
    expect(sizes).toHaveLength(1200);
    expect(sizes[0]).toBeLessThan(3000);
    expect(sizes.at(-1)).toBeGreaterThan(100_000);
  });

  it('refuses to be too small for what it plants', () => {
    expect(() => generateDistribution(1, 599)).toThrow(/too few/);
  });
});

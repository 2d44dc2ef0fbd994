import { describe, expect, it } from 'vitest';
import { isPowerOf2 } from '../../toolkit/domain/round.ts';

describe('isPowerOf2', () => {
  it.each([1, 2, 512, 4096, 2 ** 30])('is so of %d', (value) => {
    expect(isPowerOf2(value)).toBe(true);
  });

  it.each([0, 3, 513, 4095, -2])('is not so of %d', (value) => {
    expect(isPowerOf2(value)).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { wholeBytes } from '../../toolkit/formats/positioned.ts';
import { collect } from './support/bytes.ts';

async function* pieces(...list: readonly (readonly [offset: number, text: string])[]) {
  for (const [offset, text] of list) yield { offset, bytes: Buffer.from(text) };
}

describe('wholeBytes', () => {
  it('has zeros before, between and behind the pieces', async () => {
    const bytes = await collect(wholeBytes(pieces([2, 'ab'], [4, 'c'], [7, 'd']), 10));
    expect(bytes.toString('latin1')).toBe('\0\0abc\0\0d\0\0');
  });

  it('takes no piece that begins inside another', async () => {
    await expect(collect(wholeBytes(pieces([0, 'ab'], [1, 'c']), 10))).rejects.toThrow(/comes after/);
  });
});

import { describe, expect, it } from 'vitest';
import { Kept } from '../../toolkit/formats/kept.ts';

describe('what is kept of what was read', () => {
  it('is read once, and again when as many others were read since', async () => {
    const asked: number[] = [];
    const kept = new Kept<number, string>(2);
    for (const place of [1, 2, 1, 3, 2, 1]) {
      const block = await kept.get(place, async () => {
        asked.push(place);
        return `block ${place}`;
      });
      expect(block).toBe(`block ${place}`);
    }
    expect(asked).toEqual([1, 2, 3, 1]);
  });

  it('is not what could not be read', async () => {
    const kept = new Kept<number, string>(2);
    const cut = async (): Promise<string> => {
      throw new Error('cut off');
    };
    await expect(kept.get(1, cut)).rejects.toThrow('cut off');
    expect(await kept.get(1, async () => 'block')).toBe('block');
  });
});

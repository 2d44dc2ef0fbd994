import { setImmediate as tick } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inOrder } from '../../toolkit/formats/in-order.ts';

describe('inOrder', () => {
  it('gives the results in the order of the items, whichever is ready first', async () => {
    const work = async (item: number) => {
      for (let turn = 0; turn < 10 - item; turn += 1) await tick();
      return item * 2;
    };
    expect(await Array.fromAsync(inOrder([1, 2, 3, 4, 5], 3, work))).toEqual([2, 4, 6, 8, 10]);
  });

  it('begins no more at once than it is told', async () => {
    let [running, most] = [0, 0];
    const work = async () => {
      running += 1;
      most = Math.max(most, running);
      await tick();
      running -= 1;
    };
    await Array.fromAsync(inOrder(Array.from({ length: 20 }), 4, work));
    expect(most).toBe(4);
  });

  it('passes the first failure on, after what runs beside it has ended', async () => {
    let ended = 0;
    const work = async (item: number) => {
      if (item === 2) throw new Error('two');
      await tick();
      ended += 1;
    };
    await expect(Array.fromAsync(inOrder([1, 2, 3, 4], 3, work))).rejects.toThrow('two');
    expect(ended).toBe(3);
  });
});

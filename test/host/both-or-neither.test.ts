import { describe, expect, it } from 'vitest';
import { bothOrNeither } from '../../toolkit/host/both-or-neither.ts';

const never = new AbortController().signal;

describe('bothOrNeither', () => {
  it('gives both results', async () => {
    expect(
      await bothOrNeither(
        async () => 1,
        async () => 'b',
        never,
      ),
    ).toEqual([1, 'b']);
  });

  it('aborts the other, waits for it and throws the first error', async () => {
    const said: string[] = [];
    const slow = async (signal: AbortSignal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      said.push('ended');
      throw new Error('second');
    };
    const fails = async () => {
      throw new Error('first');
    };
    await expect(bothOrNeither(slow, fails, never)).rejects.toThrow('first');
    expect(said).toEqual(['ended']);
  });
});

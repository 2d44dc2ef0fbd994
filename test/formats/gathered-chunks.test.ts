import { describe, expect, it } from 'vitest';
import { GatheredChunks } from '../../toolkit/formats/gathered-chunks.ts';
import type { PositionedBytes } from '../../toolkit/formats/positioned.ts';

const MIB = 1 << 20;

function gather(chunks: readonly PositionedBytes[]) {
  const gathered = new GatheredChunks();
  const found: (readonly [number, string])[] = [];
  const take = (done: Iterable<PositionedBytes>) => {
    for (const { offset, bytes } of done) found.push([offset, Buffer.from(bytes).toString()]);
  };
  for (const { offset, bytes } of chunks) {
    take(gathered.add(offset, bytes));
    bytes.fill(0x3f);
  }
  take(gathered.end());
  return found;
}

const at = (offset: number, text: string): PositionedBytes => ({ offset, bytes: Buffer.from(text) });

describe('GatheredChunks', () => {
  it('joins what follows on one another, and nothing else', () => {
    expect(gather([at(5, 'ab'), at(7, 'c'), at(9, 'd'), at(3, 'ef'), at(5, 'g')])).toEqual([
      [5, 'abc'],
      [9, 'd'],
      [3, 'efg'],
    ]);
  });

  it('gives what it has when there is a MiB, and a longer chunk whole', () => {
    const long = 'x'.repeat(MIB - 1);
    expect(gather([at(0, long), at(MIB - 1, 'y'), at(MIB, 'z')])).toEqual([
      [0, `${long}y`],
      [MIB, 'z'],
    ]);
    expect(gather([at(1, 'a'), at(2, `${long}zz`)])).toEqual([
      [1, 'a'],
      [2, `${long}zz`],
    ]);
  });

  it('gives nothing of nothing', () => {
    expect(gather([])).toEqual([]);
  });
});

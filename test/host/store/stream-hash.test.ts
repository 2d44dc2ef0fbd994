import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openStreamHash } from '../../../toolkit/host/store/stream-hash.ts';

const MIB = 1 << 20;
const noise = Buffer.alloc(5 * MIB);
for (let at = 0; at < noise.length; at += 4) noise.writeUInt32LE(Math.imul(at, 2_654_435_761) >>> 0, at);

describe('openStreamHash', () => {
  // Numbers are zeros in a row, pairs a part of the noise.
  it.each<[string, readonly (number | readonly [number, number])[]]>([
    ['nothing', []],
    ['a few bytes', [[3, 8]]],
    ['zeros only', [100, MIB]],
    ['what fits into its buffers', [[0, 3 * MIB], 5, [0, 4 * MIB + 1]]],
    ['a long stream', Array.from({ length: 20 }, (_, at) => [at, 4 * MIB - at * 7] as const)],
    [
      'a long stream with holes',
      Array.from({ length: 60 }, (_, at) => (at % 3 === 0 ? [at, MIB + at] : MIB)),
    ],
    [
      'more pieces between holes than it has buffers',
      Array.from({ length: 20 }, (_, at) => (at % 2 ? 5 : [at, at + 9])),
    ],
    ['a hole that is long itself', [[0, 10], ...Array<number>(40).fill(MIB), [1, 10]]],
  ])('gives the digest of %s', async (_, pieces) => {
    await using hash = openStreamHash();
    const known = createHash('sha256');
    const passing = Buffer.alloc(5 * MIB);
    for (const piece of pieces) {
      if (typeof piece === 'number') {
        known.update(Buffer.alloc(piece));
        await hash.zeros(piece);
        continue;
      }
      const bytes = noise.subarray(...piece);
      known.update(bytes);
      bytes.copy(passing);
      await hash.update(passing.subarray(0, bytes.length));
      // They may change afterwards.
      passing.fill(1, 0, 100);
    }
    expect(await hash.digest()).toBe(known.digest('hex'));
  });
});

import { describe, expect, it } from 'vitest';
import { parseSubordinateIds } from '../../../toolkit/host/sandbox/idmap.ts';

const user = { username: 'eve', uid: 1001 };

describe('parseSubordinateIds', () => {
  it.each([
    ['eve:100000:65536\n', 100000],
    ['adam:100000:65536\neve:165536:65536\n', 165536],
    ['1001:231072:65536\n', 231072],
    ['eve:5000:1000\neve:300000:65536\n', 300000],
  ])('finds the range in %j', (text, outside) => {
    expect(parseSubordinateIds(text, user)).toEqual({ inside: 1, outside, count: 65535 });
  });

  it.each(['', 'adam:100000:65536\n', 'eve:100000:1000\n', 'eve::\n', 'evelyn:1:65536\n'])(
    'finds none in %j',
    (text) => {
      expect(parseSubordinateIds(text, user)).toBeUndefined();
    },
  );
});

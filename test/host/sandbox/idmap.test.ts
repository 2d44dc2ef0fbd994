import { describe, expect, it } from 'vitest';
import { isMapped, parseSubordinateIds } from '../../../toolkit/host/sandbox/idmap.ts';

const user = { username: 'eve', uid: 1001 };

describe('isMapped', () => {
  it.each([
    [999, false],
    [1000, true],
    [1001, true],
    [1002, false],
  ])('of the id %i of the host is %s', (id, expected) => {
    expect(isMapped([{ inside: 0, outside: 1000, count: 2 }], id)).toBe(expected);
  });
});

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

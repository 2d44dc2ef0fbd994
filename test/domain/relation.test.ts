import { describe, expect, it } from 'vitest';
import { formatRelation } from '../../toolkit/domain/relation.ts';

describe('formatRelation', () => {
  it.each([
    [{ name: 'a' }, 'a'],
    [{ name: '(a if b)' }, '(a if b)'],
    [{ name: 'a', flags: 'GE', epoch: '0', version: '1' }, 'a >= 1'],
    [{ name: 'a', flags: 'EQ', epoch: '3', version: '1', release: '2' }, 'a = 3:1-2'],
  ] as const)('writes %o as %s', (relation, text) => {
    expect(formatRelation(relation)).toBe(text);
  });
});

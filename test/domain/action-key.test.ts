import { describe, expect, it } from 'vitest';
import { actionKey } from '../../toolkit/domain/action-key.ts';

describe('actionKey', () => {
  it('does not depend on the order of members', () => {
    expect(actionKey('k/1', { a: 1, b: { c: 2, d: 3 } })).toBe(actionKey('k/1', { b: { d: 3, c: 2 }, a: 1 }));
  });

  it('depends on the order of a list, the kind and every value', () => {
    const keys = [
      actionKey('k/1', ['a', 'b']),
      actionKey('k/1', ['b', 'a']),
      actionKey('k/2', ['a', 'b']),
      actionKey('k/1', ['ab']),
      actionKey('k/1', { a: 'b' }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('leaves undefined members out', () => {
    expect(actionKey('k/1', { a: 1, b: undefined })).toBe(actionKey('k/1', { a: 1 }));
  });
});

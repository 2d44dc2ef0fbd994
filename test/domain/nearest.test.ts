import { describe, expect, it } from 'vitest';
import { nearestName } from '../../toolkit/domain/nearest.ts';

describe('nearestName', () => {
  it.each([
    ['pakages', 'packages'],
    ['hostnmae', 'hostname'],
    ['FORMATS', 'formats'],
  ])('finds what %s was meant to be', (typed, meant) => {
    expect(nearestName(typed, ['name', 'packages', 'hostname', 'formats'])).toBe(meant);
  });

  it('stays silent when nothing is close', () => {
    expect(nearestName('kernel', ['name', 'packages'])).toBeUndefined();
    expect(nearestName('x', [])).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { installedNeeds } from '../../toolkit/domain/image-needs.ts';
import type { Relation } from '../../toolkit/domain/package.ts';

function installed(name: string, changes: { requires?: string[]; provides?: Relation[]; files?: string[] }) {
  return {
    ...{ name, epoch: 0, version: '1', release: '1', arch: 'noarch' },
    requires: (changes.requires ?? []).map((text) => ({ name: text })),
    provides: [
      { name, flags: 'EQ' as const, epoch: '0', version: '1', release: '1' },
      ...(changes.provides ?? []),
    ],
    files: (changes.files ?? []).map((path) => ({ path, type: 'file' as const })),
  };
}

function needsOf(requires: string[], ...others: ReturnType<typeof installed>[]) {
  const needs = installedNeeds([installed('app', { requires }), ...others]).get('app-1-1.noarch')!;
  return needs.map((nevra) => nevra.split('-')[0]);
}

describe('installedNeeds', () => {
  it.each([
    ['a name', ['b'], ['b']],
    ['a path', ['/usr/bin/tool'], ['b']],
    ['what nobody has', ['rpmlib(CompressedFileNames)'], []],
    ['itself', ['app'], []],
    ['a rich one whose condition holds', ['(c if b)'], ['c']],
    ['a rich one whose condition does not hold', ['(c if z)'], []],
    ['its alternative', ['(c if z else b)'], ['b']],
    ['one of two', ['(z or b)'], ['b']],
    ['two', ['(c and b)'], ['b', 'c']],
  ])('finds %s', (_what, requires, expected) => {
    expect(needsOf(requires, installed('c', {}), installed('b', { files: ['/usr/bin/tool'] }))).toEqual(
      expected,
    );
  });

  it('holds providers to the versions that are asked for', () => {
    const old = installed('b', { provides: [{ name: 'api', flags: 'EQ', epoch: '0', version: '1' }] });
    const relation: Relation = { name: 'api', flags: 'GE', epoch: '0', version: '2' };
    const app = { ...installed('app', {}), requires: [relation] };
    const needs = (...others: ReturnType<typeof installed>[]) =>
      installedNeeds([app, ...others]).get('app-1-1.noarch');
    expect(needs(old)).toEqual([]);
    const current = installed('c', { provides: [{ ...relation, flags: 'EQ' }] });
    expect(needs(old, current)).toEqual(['c-1-1.noarch']);
  });
});

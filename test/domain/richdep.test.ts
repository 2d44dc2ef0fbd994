import { describe, expect, it } from 'vitest';
import { formatCapability } from '../../toolkit/domain/capability.ts';
import { formatDependency, isSatisfied, parseDependency } from '../../toolkit/domain/richdep.ts';

/** Whether a dependency holds where these packages, each with its provides, are there. */
function holds(text: string, packages: Readonly<Record<string, readonly string[]>>): boolean {
  return isSatisfied(parseDependency(text), (capability) => {
    const wanted = formatCapability(capability);
    return new Set(Object.keys(packages).filter((name) => packages[name]!.includes(wanted)));
  });
}

describe('parseDependency', () => {
  it.each([
    'zlib >= 1.2',
    '(a and b and c)',
    '(a or (b and c))',
    '(a if b)',
    '(a if b else c)',
    '(a unless b else c)',
    '(a >= 1 with a < 2)',
    '(pkgA-foo without pkgA-bar)',
    '((a with b) or (c without d))',
    '(perl(Foo) or python3dist(bar) >= 1)',
  ])('gives back %s', (text) => {
    expect(formatDependency(parseDependency(text))).toBe(text);
  });

  it('takes parentheses round a single one away', () => {
    expect(formatDependency(parseDependency('((a))'))).toBe('a');
  });

  it.each([
    ['()', 'empty'],
    ['(a', 'not closed'],
    ['(a and)', 'missing'],
    ['(a and b or c)', 'different operators'],
    ['(a if b if c)', 'cannot be chained'],
    ['(a without b without c)', 'cannot be chained'],
    ['(a maybe b)', 'unknown operator "maybe"'],
    ['(a >= )', 'version is missing'],
    ['(a and b) c', 'follows'],
    ['((a and b) with c)', 'cannot be used inside'],
  ])('refuses %s, saying why', (text, reason) => {
    expect(() => parseDependency(text)).toThrow(reason);
  });
});

describe('isSatisfied', () => {
  it.each([
    ['(a and b)', ['a'], false],
    ['(a and b)', ['a', 'b'], true],
    ['(a or b)', ['b'], true],
    ['(a or b)', [], false],
    ['(a if b)', [], true],
    ['(a if b)', ['b'], false],
    ['(a if b)', ['a', 'b'], true],
    ['(a if b else c)', [], false],
    ['(a if b else c)', ['c'], true],
    ['(a unless b)', ['a'], true],
    ['(a unless b)', ['a', 'b'], false],
    ['(a unless b)', [], false],
    ['(a unless b else c)', ['b', 'c'], true],
  ])('says of %s where there is %s: %s', (text, names, expected) => {
    expect(holds(text, Object.fromEntries(names.map((name) => [name, [name]])))).toBe(expected);
  });

  it('wants both sides of with from one package', () => {
    expect(holds('(a with b)', { one: ['a'], two: ['b'] })).toBe(false);
    expect(holds('(a with b)', { one: ['a', 'b'] })).toBe(true);
  });

  it('wants a package for without that has only the first', () => {
    expect(holds('(a without b)', { one: ['a', 'b'] })).toBe(false);
    expect(holds('(a without b)', { one: ['a', 'b'], two: ['a'] })).toBe(true);
  });
});

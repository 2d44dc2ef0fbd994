import { describe, expect, it } from 'vitest';
import {
  capabilityKind,
  formatCapability,
  parseCapability,
  satisfies,
} from '../../toolkit/domain/capability.ts';

describe('parseCapability', () => {
  it.each([
    'zlib-devel',
    'zlib-devel >= 1.2',
    'perl(Foo::Bar)',
    '/usr/bin/sh',
    'a(x86-64) = 1:2-3',
    'foo bar',
  ])('gives back %s', (text) => {
    expect(formatCapability(parseCapability(text))).toBe(text);
  });

  it('reads the spellings that rpm reads as one', () => {
    expect(parseCapability('a => 1')).toEqual(parseCapability('a >= 1'));
    expect(parseCapability('a == 1')).toEqual(parseCapability('a = 1'));
  });

  it('takes what is no version range for a name', () => {
    expect(parseCapability('constructor')).toEqual({ name: 'constructor' });
    expect(parseCapability('a valueOf 1')).toEqual({ name: 'a valueOf 1' });
  });
});

describe('satisfies', () => {
  // Pairs and results of rpm 4.20's own tests (tests/rpmdepmatch.at).
  it.each([
    ['b', 'a', false],
    ['a', 'a', true],
    ['a', 'a >= 1.2', true],
    ['a = 1.2', 'a', true],
    ['a = 1.2', 'a = 1.2', true],
    ['a = 1.2', 'a < 1.2', false],
    ['a = 1.2', 'a <= 1.3', true],
    ['a = 1.2-1', 'a = 1.2-2', false],
    ['a = 1.3-1', 'a > 1.2-2', true],
    ['a = 0:1.2', 'a = 1.2', true],
    ['a = 1:1.2', 'a = 1.2', false],
    ['a = 1:1.2', 'a > 1.2', true],
    ['a = 1.2', 'a < 1:1.2', true],
    ['a = 1.2-1', 'a = 1.2', true],
    ['a = 1.2-1', 'a > 1.2', false],
    ['a = 1.2-1', 'a >= 1.2', true],
    ['a = 1.2', 'a = 1.2-1', true],
    ['a >= 1.0', 'a <= 0.9', false],
    ['a >= 1.0', 'a <= 1.0', true],
    ['a < 2', 'a > 1', true],
    ['a < 1', 'a < 2', true],
    ['a = 1.0~rc1', 'a < 1.0', true],
  ] as const)('says of "%s" for "%s": %s', (provide, require, expected) => {
    expect(satisfies(parseCapability(provide), parseCapability(require))).toBe(expected);
  });
});

describe('capabilityKind', () => {
  it.each([
    ['/usr/bin/sh', 'file'],
    ['libc.so.6()(64bit)', 'soname'],
    ['libz.so.1', 'soname'],
    ['ld-linux-x86-64.so.2(GLIBC_2.3)(64bit)', 'soname'],
    ['pkgconfig(zlib)', 'pkgconfig'],
    ['perl(strict)', 'language'],
    ['python3dist(six)', 'language'],
    ['python3.12dist(six)', 'language'],
    ['rpmlib(RichDependencies)', 'rpmlib'],
    ['config(bash)', 'config'],
    ['user(bin)', 'account'],
    ['zlib(x86-64)', 'name'],
    ['gtk+-devel', 'name'],
  ] as const)('knows %s as %s', (name, kind) => {
    expect(capabilityKind(name)).toBe(kind);
  });
});

import { describe, expect, it } from 'vitest';
import {
  parseSeedNames,
  seedProvides,
  seedSpec,
  upstreamVersion,
} from '../../../toolkit/host/roots/seed-root/spec.ts';

describe('upstreamVersion', () => {
  it.each([
    ['1:1.3.dfsg+really1.3.1-1+b1', '1.3.1'],
    ['2:5.8.1-1.0~deb13u1', '5.8.1'],
    ['4.15.0+dfsg-3', '4.15.0'],
    ['2.14.1+ds1-2', '2.14.1'],
    ['20250419', '20250419'],
    ['1.2-rc1-3', '1.2.rc1'],
    ['6.5+20250216-2', '6.5+20250216'],
  ])('%s is upstream %s', (debian, upstream) => {
    expect(upstreamVersion(debian)).toBe(upstream);
  });
});

describe('seedProvides', () => {
  const packages = [{ name: 'zlib1g-dev', version: '1:1.3.1-1', arch: 'amd64', sha256: '' }];
  const names = parseSeedNames('# c\nzlib-devel zlib1g-dev # c\ncmake cmake\n', 'x');

  it('gives a conventional name only where its Debian package is in the root', () => {
    expect(seedProvides('', names, packages)).toEqual([
      'zlib-devel = 1.3.1-0.seed',
      'zlib-devel(x86-64) = 1.3.1-0.seed',
    ]);
  });

  it('sorts what was collected and drops versions that rpm would refuse', () => {
    const collected =
      'rtld(GNU_HASH)\nlibc.so.6(GLIBC_2.41)(64bit)\nperl(A) = 1 0\npkgconfig(z) = 1.3\nperl(B) = 1,0\n\n';
    expect(seedProvides(collected, [], [])).toEqual([
      'libc.so.6(GLIBC_2.41)(64bit)',
      'perl(B)',
      'pkgconfig(z) = 1.3',
      'rtld(GNU_HASH)',
    ]);
  });

  it('names a line of the table that is none', () => {
    expect(() => parseSeedNames('gcc gcc\nmake\n', 'seed-names')).toThrow(/seed-names:2/);
  });
});

describe('seedSpec', () => {
  it('lets no capability be taken for a macro', () => {
    expect(seedSpec(['perl(%x)'])).toContain('\nProvides: perl(%%x)\n');
  });
});

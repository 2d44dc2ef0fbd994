import { describe, expect, it } from 'vitest';
import { lintClashes } from '../../../toolkit/domain/lint/clash-rules.ts';
import { lintLinks } from '../../../toolkit/domain/lint/link-rules.ts';
import { lintRequirements, type Meets } from '../../../toolkit/domain/lint/requirement-rules.ts';
import { elf, linted, told } from './fixture.ts';

describe('lintRequirements', () => {
  const meets =
    (...provided: string[]): Meets =>
    (text) =>
      provided.includes(text) ? 'packages' : text.startsWith('libc.so.6') ? 'seed' : 'nobody';

  it('finds what nobody or only the seed root provides, a library once', () => {
    const requires = ['a', 'b', 'libc.so.6()(64bit)', 'libc.so.6(GLIBC_2.4)(64bit)'].map((name) => ({
      name,
    }));
    const findings = lintRequirements(linted({}, { requires }), meets('a'));
    expect(told(findings)).toEqual(['requires-unmet b', 'soname-unmet libc.so.6']);
    expect(findings[1]?.what).toBe('only the seed root has it: libc.so.6()(64bit) and 1 more forms of it');
  });

  it('finds libraries that no requirement was written for', () => {
    const files = {
      '/usr/bin/a': { elf: elf({ needed: ['liba.so.1', 'libown.so'] }) },
      '/usr/lib/a/libown.so': { elf: elf({ needed: [] }) },
    };
    expect(told(lintRequirements(linted(files), meets()))).toEqual(['soname-unmet /usr/bin/a']);
    expect(told(lintRequirements(linted(files), meets('liba.so.1()(64bit)')))).toEqual([]);
  });

  it('finds owners that no package makes', () => {
    const files = { '/var/a': { user: 'keeper' }, '/var/b': { user: 'keeper', group: 'mail' } };
    const findings = lintRequirements(linted(files), meets('group(mail)'));
    expect(findings.map(({ what }) => what)).toEqual(['no package makes its user(keeper) (and of 1 more)']);
  });
});

describe('lintClashes', () => {
  const clashes = (one: Parameters<typeof linted>, other: Parameters<typeof linted>) => {
    const [a, b] = [linted(...one), linted(one === other ? {} : other[0], { name: 'y', ...other[1] })];
    return told(lintClashes([a], [a, b]));
  };

  it('finds files that differ, files that do not, and folders with other modes', () => {
    const files = {
      '/a': { content: '1' },
      '/b': { content: '1' },
      '/c': { type: 'folder' },
      '/d': {},
    } as const;
    const others = {
      '/a': { content: '2' },
      '/b': { content: '1' },
      '/c': { type: 'folder', mode: 0o040700 },
    } as const;
    expect(clashes([files], [others])).toEqual(['files-clash /a', 'file-owned-twice /b', 'files-clash /c']);
  });

  it('lets folders be shared', () => {
    expect(clashes([{ '/c': { type: 'folder' } }], [{ '/c': { type: 'folder' } }])).toEqual([]);
  });

  it('lets packages differ that cannot be installed together', () => {
    expect(clashes([{ '/a': {} }, { conflicts: [{ name: 'y' }] }], [{ '/a': {} }])).toEqual([]);
    expect(clashes([{ '/a': {} }], [{ '/a': {} }, { obsoletes: [{ name: 'x' }] }])).toEqual([]);
  });
});

describe('lintLinks', () => {
  const link = (linkTo: string) => ({ type: 'link', linkTo }) as const;

  it('follows links as an installed system has them', () => {
    const one = linted({
      '/lib': link('usr/lib'),
      '/usr/lib/liba.so': link('liba.so.1'),
      '/usr/bin/a': link('../lib/d/b'),
      '/usr/lib/d': link('e'),
      '/usr/share/a': link('/etc/made-later'),
      '/usr/share/gone': link('../no/where'),
      '/usr/lib/liba.so.1': {},
      '/usr/lib/e': { type: 'folder' },
    });
    const other = linted({ '/lib/e/b': {}, '/usr/lib': { type: 'folder' } }, { name: 'y' });
    const findings = lintLinks([one], [one, other]);
    expect(findings.map(({ at, what }) => [at, what])).toEqual([
      ['/usr/share/gone', 'no package has /usr/no/where'],
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import type { ComparedPackage, PackageDifference } from '../../toolkit/domain/difference.ts';
import { applyExceptions, parseVerifyExceptions } from '../../toolkit/domain/verify-exceptions.ts';

const file = (name: string): PackageDifference => ({ what: 'file', name, member: '', detail: 'x' });
const compared = (name: string, ...differences: PackageDifference[]): ComparedPackage => {
  return { nevra: `${name}-1-1.noarch`, name, identical: false, differences };
};

describe('parseVerifyExceptions', () => {
  it('reads subject and reason with the line', () => {
    const text = 'Name: x\n# verify: /usr/bin/x - a signature - of today\n#verify: x-doc - random ids  \n';
    expect(parseVerifyExceptions(text, 'x.spec')).toEqual([
      { line: 2, subject: '/usr/bin/x', reason: 'a signature - of today' },
      { line: 3, subject: 'x-doc', reason: 'random ids' },
    ]);
  });

  it.each(['# verify:', '# verify: /usr/bin/x', '# verify: /usr/bin/x -', '# verify: two words - reason'])(
    'refuses %j',
    (line) => {
      expect(() => parseVerifyExceptions(`Name: x\n${line}\n`, 'x.spec')).toThrow(/^x\.spec:2: /);
    },
  );

  it('leaves other comments alone', () => {
    expect(parseVerifyExceptions('# to verify: see there\n%description\nverify: no\n', 'x.spec')).toEqual([]);
  });
});

describe('applyExceptions', () => {
  const packages = [
    compared('x', file('/usr/bin/x'), file('/usr/share/x/1.html')),
    compared('x-doc', file('/usr/share/doc/x'), { what: 'tag', name: 'SUMMARY', member: '', detail: 'y' }),
  ];
  const apply = (...subjects: string[]) =>
    applyExceptions(
      packages,
      subjects.map((subject, line) => ({ line, subject, reason: 'r' })),
    );
  const left = ({ open }: ReturnType<typeof apply>) =>
    open.flatMap(({ differences }) => differences.map(({ name }) => name));

  it('covers a file, by its path or a pattern', () => {
    expect(left(apply('/usr/bin/x', '/usr/share/x/*.html'))).toEqual(['/usr/share/doc/x', 'SUMMARY']);
  });

  it('covers all of a package by its name', () => {
    expect(left(apply('x-doc'))).toEqual(['/usr/bin/x', '/usr/share/x/1.html']);
    expect(apply('x-doc').open.map(({ name }) => name)).toEqual(['x']);
  });

  it('tells which cover nothing', () => {
    const { unused } = apply('/usr/bin/x', '/usr/bin/y', 'x-devel');
    expect(unused.map(({ subject }) => subject)).toEqual(['/usr/bin/y', 'x-devel']);
  });
});

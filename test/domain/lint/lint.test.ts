import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LintedPackage } from '../../../toolkit/domain/lint/content.ts';
import { lint } from '../../../toolkit/domain/lint/lint.ts';
import { RULES } from '../../../toolkit/domain/lint/rules.ts';
import { linted, lintedSpec } from './fixture.ts';

const SPEC = [
  'Name: x',
  'Summary: Has what it must not have.',
  'License: MIT',
  'URL: https://example.org/x',
  '%description',
  'Words.',
  '%package libs',
  'Summary: Libraries',
  '%description libs',
  'Words.',
  '%files',
  '%license COPYING',
  '%attr(4755,root,root) %{_bindir}/su',
  '%files -n %{name}-libs',
  '%{_libdir}/*',
];

function judge(lines: readonly string[], packages: readonly LintedPackage[]) {
  const specs = new Map([['x/x.spec', lintedSpec(lines)]]);
  const { findings, exempted } = lint({
    ...{ specs, otherSpecs: specs, packages, all: packages, meets: () => 'packages' },
  });
  const shown = findings.map(({ line, rule, package: name, at = '' }) =>
    `${line} ${rule} ${name} ${at}`.trim(),
  );
  return { shown, exempted: exempted.map(({ finding, reason }) => `${finding.rule}: ${reason}`) };
}

const main = linted(
  { '/usr/bin/su': { mode: 0o104755 }, '/usr/share/licenses/x/COPYING': { isLicense: true } },
  { summary: 'Has what it must not have.' },
);
const libs: LintedPackage = {
  ...linted({ '/usr/lib/x/a.la': {}, '/usr/lib/x/b.la': {} }, { name: 'x-libs' }),
  spec: 'x/x.spec',
};

describe('lint', () => {
  it('tells the line of the spec that a finding comes from', () => {
    expect(judge(SPEC, [main, libs]).shown).toEqual([
      '13 setuid-file x /usr/bin/su',
      '2 summary-style x',
      '14 libtool-archive x-libs /usr/lib/x/a.la',
      '14 libtool-archive x-libs /usr/lib/x/b.la',
    ]);
  });

  it('takes exceptions with a reason, by path, folder, pattern and package', () => {
    const exceptions = [
      '# lint: setuid-file /usr/bin/su - it becomes root',
      '# lint: libtool-* /usr/lib/x - plugins are found by them',
      '# lint: summary-style x - a joke',
    ];
    const { shown, exempted } = judge([...exceptions, ...SPEC], [main, libs]);
    expect(shown).toEqual([]);
    expect(exempted.sort()).toEqual([
      'libtool-archive: plugins are found by them',
      'libtool-archive: plugins are found by them',
      'setuid-file: it becomes root',
      'summary-style: a joke',
    ]);
  });

  it('takes the exception of a clash from either spec, by the name of either package', () => {
    const rival = linted({ '/usr/bin/su': {} }, { name: 'y', provides: [] });
    const all = [main, rival];
    for (const subject of ['x', 'y', '/usr/bin/su']) {
      const lines = [
        `# lint: files-clash ${subject} - one of the two`,
        '# lint: setuid-file x - su',
        ...SPEC,
      ];
      const specs = new Map([
        ['x/x.spec', lintedSpec(lines)],
        ['y/y.spec', lintedSpec(['Name: y'])],
      ]);
      const input = { specs, otherSpecs: specs, packages: all, all, meets: () => 'packages' as const };
      expect(lint(input).exempted.filter(({ finding }) => finding.rule === 'files-clash')).toHaveLength(2);
    }
  });

  it.each([
    ['# lint: setuid-file /usr/bin/other - a reason', '1 exception-unused x'],
    ['# lint: setuid-file x-libs - a reason', '1 exception-unused x'],
    ['# lint: setuid-file /usr/bin/su', '1 exception-invalid x'],
    ['# lint: setuid-file - no subject', '1 exception-invalid x'],
    ['# lint: setuid-fil /usr/bin/su - a reason', '1 exception-invalid x'],
    ['# lint: exception-unused x - no exception of an exception', '1 exception-invalid x'],
  ])('finds fault with %j', (line, expected) => {
    expect(judge([line, ...SPEC], [main, libs]).shown).toContain(expected);
  });

  it('calls no exception unused while the packages are not built', () => {
    const { shown } = judge(['# lint: setuid-file /usr/bin/other - a reason', ...SPEC], []);
    expect(shown).toEqual(['3 summary-style x']);
  });

  it('judges what a spec says while its packages are not built', () => {
    const lines = ['Name: x', 'License: GPL', 'Source0: a.tar', '%install', 'mkdir /usr/lib64', '%files'];
    const specs = new Map([['x/x.spec', lintedSpec(lines, ['a.tar'])]]);
    const input = { specs, otherSpecs: specs, packages: [], all: [], meets: () => 'packages' as const };
    expect(lint(input).findings.map(({ line, rule }) => `${line} ${rule}`)).toEqual([
      '1 description-missing',
      '5 library-path-in-spec',
      '2 license-not-spdx',
      '3 source-without-hash',
      '1 url-missing',
    ]);
  });

  it('has every rule in the docs, with what it says there', async () => {
    const docs = await readFile(join(import.meta.dirname, '../../../docs/lint.md'), 'utf8');
    const rows = Object.entries(RULES).map(
      ([id, { severity, about, remedy }]) => `| ${id} | ${severity} | ${about} | ${remedy} |`,
    );
    expect(docs.split('\n').filter((line) => /^\| [a-z]+-[a-z-]+ \|/.test(line))).toEqual(rows);
  });
});

import { describe, expect, it } from 'vitest';
import { lintHeader, lintLicenseTexts } from '../../../toolkit/domain/lint/header-rules.ts';
import { licenseProblem } from '../../../toolkit/domain/lint/licenses.ts';
import { linted, told } from './fixture.ts';

describe('lintHeader', () => {
  it.each([
    ['license-missing', { license: '' }],
    ['license-not-spdx', { license: 'GPLv2+' }],
    ['summary-missing', { summary: ' ' }],
    ['summary-style', { summary: 'Says hello.' }],
    ['summary-style', { summary: 'x'.repeat(80) }],
    ['description-missing', { description: '' }],
    ['url-missing', { url: '' }],
  ])('finds %s', (rule, parts) => {
    expect(told(lintHeader(linted({ '/a': {} }, parts)))).toEqual([rule]);
  });

  it('finds packages that neither have nor bring anything', () => {
    expect(told(lintHeader(linted()))).toEqual(['package-empty']);
    expect(told(lintHeader(linted({}, { requires: [{ name: 'y' }] })))).toEqual([]);
    expect(told(lintHeader(linted({}, { requires: [{ name: 'x' }, { name: 'rpmlib(X)' }] })))).toEqual([
      'package-empty',
    ]);
  });

  it('wants one licence text of a source package', () => {
    const [a, b] = [linted({ '/a': {} }), linted({ '/usr/share/licenses/x/COPYING': { isLicense: true } })];
    expect(told(lintLicenseTexts([a, b], () => 'x'))).toEqual([]);
    expect(lintLicenseTexts([a], () => 'x')).toMatchObject([{ rule: 'license-text-missing', package: 'x' }]);
  });
});

describe('licenseProblem', () => {
  it.each([
    'MIT',
    'GPL-2.0-only WITH Classpath-exception-2.0',
    '(MIT OR Apache-2.0) AND BSD-3-Clause',
    'LicenseRef-Fedora-Public-Domain AND Zlib',
    'Apache-1.0+',
  ])('takes %s', (text) => {
    expect(licenseProblem(text)).toBeUndefined();
  });

  it.each([
    ['GPL-2.0', "the SPDX list has given up 'GPL-2.0' for GPL-2.0-only and GPL-2.0-or-later"],
    ['Apache-2', "'Apache-2' is not in the SPDX list; did you mean 'Apache-2.0'?"],
    ['Public Domain', "'Public' is not in the SPDX list"],
    ['MIT AND', 'it is no expression'],
    ['MIT BSD-3-Clause', 'it is no expression'],
    ['(MIT', 'it is no expression'],
    ['MIT WITH Nothing', 'it is no expression'],
  ])('refuses %s', (text, problem) => {
    expect(licenseProblem(text)).toContain(problem);
  });
});

import { describe, expect, it } from 'vitest';
import { mentionedVersionMacros, versionMacros } from '../../toolkit/domain/version-macros.ts';
import { scan } from './graph-fixture.ts';

function spec(path: string, source: { version: string; release: string; epoch?: number }) {
  const name = path.split('/')[0]!;
  return { ...scan(name, { spec: path }), source: { name, epoch: 0, arch: 'x86_64', ...source } };
}

describe('versionMacros', () => {
  it('names a spec by its file, with _ for -, and takes the dist tag off the release', () => {
    const kernel = spec('kernel-hwe/kernel-hwe.spec', { version: '6.12', release: '3.azl3', epoch: 2 });
    expect([...versionMacros([kernel], 'azl', '.azl3')]).toEqual([
      ['azl_kernel_hwe_epoch', '2'],
      ['azl_kernel_hwe_release', '3'],
      ['azl_kernel_hwe_version', '6.12'],
    ]);
  });

  it('keeps macros that a first pass could not expand', () => {
    const module = spec('iser/iser.spec', { version: '25', release: '2_%azl_kernel_version.azl3' });
    expect(versionMacros([module], 'azl', '.azl3').get('azl_iser_release')).toBe('2_%azl_kernel_version');
  });

  it('takes the last of two specs with one file name, epoch and all, and none that failed', () => {
    const one = spec('a/x.spec', { version: '1', release: '1', epoch: 1 });
    const two = spec('b/x.spec', { version: '2', release: '2' });
    const failed = { spec: 'c/x.spec', error: { message: 'no', file: 'c/x.spec', line: 1 } };
    expect([...versionMacros([one, two, failed], 'p', '.d')]).toEqual([
      ['p_x_release', '2'],
      ['p_x_version', '2'],
    ]);
  });

  it('leaves out names that no macro can have', () => {
    expect(versionMacros([spec('a/a+b.spec', { version: '1', release: '1' })], 'p', '.d').size).toBe(0);
  });
});

describe('mentionedVersionMacros', () => {
  it.each([
    ['%azl_kernel_version and %{azl_kernel_hwe_release}', ['azl_kernel_hwe_release', 'azl_kernel_version']],
    ['%{?azl_zlib_epoch:%{azl_zlib_epoch}:}', ['azl_zlib_epoch']],
    ['%global target_azl_build_kernel_version 1', []],
    ['%azl_kernel_versions %azl_version', []],
  ])('finds in %j', (text, names) => {
    expect(mentionedVersionMacros(text, 'azl')).toEqual(names);
  });
});

import { describe, expect, it } from 'vitest';
import type { ElfFile } from '../../../toolkit/domain/elf.ts';
import { lintElf } from '../../../toolkit/domain/lint/elf-rules.ts';
import { elf, linted, told } from './fixture.ts';

const LIBRARY = { isPie: false, soname: undefined } as const;
const CALLS = ['printf', 'memcpy', 'read', 'strcpy'];

describe('lintElf', () => {
  it('passes what our macros build', () => {
    const files = {
      '/usr/bin/a': { elf: elf({ imports: ['__printf_chk', 'memcpy', '__stack_chk_fail'] }) },
      '/usr/lib/liba.so.1': { elf: elf({ ...LIBRARY, soname: 'liba.so.1' }) },
      '/usr/lib/a/plugin.so': { elf: elf({ ...LIBRARY, runpath: ['$ORIGIN', '/usr/lib/a'] }) },
      '/usr/lib/modules/1/a.ko': { elf: elf({ type: 'relocatable', stack: 'absent', isKernelModule: true }) },
    };
    expect(told(lintElf(linted(files)))).toEqual([]);
  });

  it.each<[string, string, Partial<ElfFile>]>([
    ['elf-no-soname', '/usr/lib/liba.so', LIBRARY],
    ['elf-rpath', '/usr/bin/a', { rpath: ['/usr/lib/a'] }],
    ['elf-rpath', '/usr/bin/a', { runpath: ['/build/top/BUILD'] }],
    ['elf-rpath', '/usr/bin/a', { runpath: ['$ORIGIN/../../../tmp'] }],
    ['elf-rpath', '/usr/bin/a', { runpath: ['relative'] }],
    ['elf-not-pie', '/usr/bin/a', { type: 'executable' }],
    ['elf-no-relro', '/usr/bin/a', { hasRelro: false }],
    ['elf-lazy-binding', '/usr/bin/a', { bindsNow: false }],
    ['elf-executable-stack', '/usr/bin/a', { stack: 'executable' }],
    ['elf-executable-stack', '/usr/bin/a', { stack: 'absent' }],
    ['elf-text-relocations', '/usr/bin/a', { hasTextRelocations: true }],
    ['elf-writable-code', '/usr/bin/a', { hasWritableCode: true }],
    ['elf-not-stripped', '/usr/bin/a', { hasSymbolTable: true }],
    ['elf-not-stripped', '/usr/bin/a', { hasDebugInfo: true }],
    ['elf-not-stripped', '/m.ko', { type: 'relocatable', isKernelModule: true, hasDebugInfo: true }],
    ['elf-not-fortified', '/usr/bin/a', { imports: CALLS }],
    ['elf-no-cet', '/usr/bin/a', { landingPads: 0 }],
  ])('finds %s in %s', (rule, path, parts) => {
    expect(told(lintElf(linted({ [path]: { elf: elf(parts) } })))).toEqual([`${rule} ${path}`]);
  });

  it('asks nothing of musl and of small programs that they cannot have', () => {
    const musl = elf({ needed: ['libc.so'], imports: CALLS });
    const small = elf({ codeSize: 100, landingPads: 0 });
    const isStatic = elf({ isDynamic: false, needed: [], bindsNow: false });
    const files = { '/a': { elf: musl }, '/b': { elf: small }, '/c': { elf: isStatic } };
    expect(told(lintElf(linted(files)))).toEqual([]);
  });

  it('finds one program with a stack protector enough for a package', () => {
    const imports = Array.from({ length: 20 }, (_, index) => `f${index}`);
    const files = { '/a': { elf: elf({ imports }) }, '/b': { elf: elf({ imports }) } };
    expect(told(lintElf(linted(files)))).toEqual(['elf-no-stack-protector /a']);
    const one = { '/c': { elf: elf({ imports: [...imports, '__stack_chk_fail'] }) } };
    expect(told(lintElf(linted({ ...files, ...one })))).toEqual([]);
  });

  it('finds programs in noarch packages, and broken ones', () => {
    const files = { '/a': { elf: elf() }, '/b': { elfProblem: 'cut short' } };
    expect(told(lintElf(linted(files, { arch: 'noarch' })))).toEqual(['elf-in-noarch /a', 'elf-invalid /b']);
  });
});

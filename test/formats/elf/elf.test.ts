import { describe, expect, it } from 'vitest';
import { ToolkitError } from '../../../toolkit/domain/errors.ts';
import { isElf, readElf } from '../../../toolkit/formats/elf/index.ts';
import { type ElfParts, makeElf } from '../support/elf.ts';

const ENDBR64 = Buffer.from('f30f1efa', 'hex');

describe('readElf', () => {
  it('reads a program as a hardened build links it', () => {
    const elf = readElf(
      makeElf({
        interpreter: '/lib64/ld-linux-x86-64.so.2',
        needed: ['libz.so.1', 'libc.so.6'],
        flags: 8,
        flags1: 0x08000001,
        stack: 'plain',
        relro: true,
        code: Buffer.concat([ENDBR64, Buffer.alloc(4092), ENDBR64]),
        features: 3,
      }),
    );
    expect(elf).toMatchObject({
      bits: 64,
      machine: 62,
      type: 'shared',
      interpreter: '/lib64/ld-linux-x86-64.so.2',
      isDynamic: true,
      needed: ['libz.so.1', 'libc.so.6'],
      bindsNow: true,
      isPie: true,
      hasRelro: true,
      stack: 'plain',
      hasTextRelocations: false,
      hasWritableCode: false,
      landingPads: 2,
      cet: { ibt: true, shadowStack: true },
    });
  });

  it.each<[string, ElfParts, object]>([
    ['a static program', { type: 'executable' }, { type: 'executable', isDynamic: false, stack: 'absent' }],
    ['a library', { soname: 'libx.so.1' }, { soname: 'libx.so.1', interpreter: undefined, isPie: false }],
    ['RPATH', { rpath: '/opt/a:$ORIGIN' }, { rpath: ['/opt/a', '$ORIGIN'], runpath: [] }],
    ['RUNPATH', { runpath: '/usr/lib/x' }, { rpath: [], runpath: ['/usr/lib/x'] }],
    ['an executable stack', { stack: 'executable' }, { stack: 'executable' }],
    ['code that can be written', { codeFlags: 7 }, { hasWritableCode: true }],
    ['text relocations', { flags: 4 }, { hasTextRelocations: true, bindsNow: false }],
    ['a symbol table', { sections: ['.text', '.symtab'] }, { hasSymbolTable: true, hasDebugInfo: false }],
    ['debug information', { sections: ['.debug_info'] }, { hasDebugInfo: true, hasSymbolTable: false }],
    [
      'a kernel module',
      { type: 'relocatable', sections: ['.modinfo'] },
      { isKernelModule: true, type: 'relocatable' },
    ],
  ])('tells %s', (_what, parts, expected) => {
    expect(readElf(makeElf(parts))).toMatchObject(expected);
  });

  it('refuses what is cut short, and never reads outside', () => {
    const whole = makeElf({ needed: ['libc.so.6'], features: 3, sections: ['.symtab'], stack: 'plain' });
    let refused = 0;
    for (let length = 0; length < whole.length; length += 1) {
      try {
        readElf(whole.subarray(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(ToolkitError);
        refused += 1;
      }
    }
    expect(refused).toBe(whole.length);
  });

  it('knows an ELF file by its first bytes', () => {
    expect(isElf(makeElf())).toBe(true);
    expect(isElf(Buffer.from('#!/bin/sh\n'))).toBe(false);
  });
});

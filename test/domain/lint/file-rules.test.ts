import { describe, expect, it } from 'vitest';
import { lintFiles } from '../../../toolkit/domain/lint/file-rules.ts';
import { lintLayout } from '../../../toolkit/domain/lint/layout-rules.ts';
import { lintModes } from '../../../toolkit/domain/lint/mode-rules.ts';
import { elf, linted, told } from './fixture.ts';

describe('lintModes', () => {
  it('passes the modes that files have', () => {
    const files = {
      '/usr/bin/a': { mode: 0o100755, elf: elf() },
      '/usr/share/a': { type: 'folder' },
      '/usr/share/a/text': {},
      '/tmp': { type: 'folder', mode: 0o041777 },
      '/usr/lib/a.so': { type: 'link' },
    } as const;
    expect(told(lintModes(linted(files)))).toEqual([]);
  });

  it.each([
    ['setuid-file', '/usr/bin/a', { mode: 0o104755 }],
    ['setgid-file', '/usr/bin/a', { mode: 0o102755 }],
    ['file-capabilities', '/usr/bin/a', { mode: 0o100755, caps: 'cap_net_raw=ep' }],
    ['world-writable', '/usr/share/a', { mode: 0o100666 }],
    ['world-writable', '/usr/share/a', { type: 'folder', mode: 0o040777 } as const],
    ['not-readable', '/usr/share/a', { mode: 0o100600 }],
    ['executable-text', '/usr/include/a.h', { mode: 0o100755 }],
    ['executable-text', '/usr/share/doc/a/a', { mode: 0o100755 }],
    ['not-executable', '/usr/bin/a', { isScript: true }],
  ])('finds %s in %s', (rule, path, file) => {
    expect(told(lintModes(linted({ [path]: file })))).toEqual([`${rule} ${path}`]);
  });
});

describe('lintLayout', () => {
  it.each([
    ['path-odd', '/usr/share/a b', {}],
    ['path-odd', '/usr/share/a.orig', {}],
    ['path-odd', '/usr/share/a', { isUtf8: false }],
    ['path-unmerged', '/lib/a', {}],
    ['path-of-others', '/usr/local/bin/a', {}],
    ['devel-file', '/usr/include/a.h', {}],
    ['devel-file', '/usr/lib/pkgconfig/a.pc', {}],
    ['devel-file', '/usr/lib/liba.so', { type: 'link', linkTo: 'liba.so.1' } as const],
    ['static-library', '/usr/lib/liba.a', {}],
    ['libtool-archive', '/usr/lib/liba.la', {}],
    ['debug-file', '/usr/lib/debug/a.debug', {}],
    ['build-path', '/usr/share/doc/a', { mentions: ['build'] } as const],
    ['seed-path', '/usr/bin/a', { mentions: ['seed'] } as const],
  ])('finds %s in %s', (rule, path, file) => {
    expect(told(lintLayout(linted({ [path]: file })))).toEqual([`${rule} ${path}`]);
  });

  it('lets -devel packages have what only building needs', () => {
    const files = { '/usr/include/a.h': {}, '/usr/lib/liba.a': {}, '/usr/lib/pkgconfig/a.pc': {} };
    expect(told(lintLayout(linted(files, { name: 'x-devel' })))).toEqual([]);
  });

  it('lets documentation name Debian', () => {
    expect(told(lintLayout(linted({ '/usr/share/doc/a': { mentions: ['seed'] } })))).toEqual([]);
  });
});

describe('lintFiles', () => {
  it.each([
    ['file-empty', '/usr/share/a', { size: 0 }],
    ['python-bytecode', '/usr/lib/python3/__pycache__/a.cpython-313.pyc', {}],
    ['man-page-plain', '/usr/share/man/man1/a.1', {}],
    ['man-page-plain', '/usr/share/man/de/man1/a.1.xz', {}],
    ['man-page-plain', '/usr/share/info/a.info', {}],
  ])('finds %s in %s', (rule, path, file) => {
    expect(told(lintFiles(linted({ [path]: file })))).toEqual([`${rule} ${path}`]);
  });

  it('passes what says something without bytes, and packed pages', () => {
    const files = {
      '/usr/lib/python3/a/__init__.py': { size: 0 },
      '/usr/include/a.h': { size: 0 },
      '/etc/a': { size: 0, isConfig: true },
      '/run/a': { size: 0, isGhost: true },
      '/usr/share/man/man1/a.1.gz': {},
    };
    expect(told(lintFiles(linted(files)))).toEqual([]);
  });

  it('finds copies, which hard links and small files are not', () => {
    const same = { content: 'c', size: 4096 };
    const files = { '/usr/share/a': same, '/usr/share/b': same, '/usr/share/doc/c': same };
    expect(told(lintFiles(linted(files)))).toEqual(['file-duplicate /usr/share/b']);
    const linked = { ...same, hardLink: '1' };
    expect(told(lintFiles(linted({ '/usr/a': linked, '/usr/b': linked })))).toEqual([]);
    const small = { content: 'c', size: 4095 };
    expect(told(lintFiles(linted({ '/usr/a': small, '/usr/b': small })))).toEqual([]);
  });
});

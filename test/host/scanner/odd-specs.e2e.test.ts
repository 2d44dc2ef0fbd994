import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isScanFailure, type SpecScanResult } from '../../../toolkit/domain/spec.ts';
import type { Host } from '../../../toolkit/host/host.ts';
import { CHECKOUT, ROOT_CACHE } from '../../support/checkout.ts';
import { openTestHost } from '../../support/host.ts';
import { run } from '../../support/shell.ts';
import { scanFolder, sharedFolder } from './real-host.ts';
import { failureOf, head, packagesOf, spec, tail, writeSpecs } from './spec-folder.ts';

const signal = new AbortController().signal;

const SPECS: Readonly<Record<string, string | Uint8Array>> = {
  latin: Buffer.from(`${head('latin')}Vendor: caf\xe9\n${tail}`, 'latin1'),
  bytes: Buffer.from(`${head('bytes')}${tail}/usr/share/caf\xe9\n`, 'latin1'),
  zeros: Buffer.concat([Buffer.from(head('zeros')), Buffer.alloc(1 << 20), Buffer.from(tail)]),
  empty: '',
  unclosed: `%if 1\n${head('unclosed')}${tail}`,
  unknown: spec('unknown', 'Nonsense: 1'),
  recursive: `%define a %b\n%define b %a\n${spec('recursive', 'Provides: %a')}`,
  itself: `%include itself.spec\n${spec('itself')}`,
  self: spec(
    'self',
    'Requires: self = 1-1',
    'Provides: self-too',
    'Requires: self-too',
    'BuildRequires: self',
  ),
  big: `${head('big')}${Array.from({ length: 50_000 }, (_, at) => `Requires: capability-${at}-${'y'.repeat(1000)}\n`).join('')}${tail}`,
  repeated: `${head('repeated')}${`Requires: capability-${'y'.repeat(1000)}\n`.repeat(50_000)}${tail}`,
  include: `%include common.inc\n${spec('include', 'Provides: %inc')}`,
  percent: spec('percent', 'Provides: x(%{basename:%{_sourcedir}})'),
  parts: `${head('parts')}Source1: https://a.invalid/x.tar.gz#/y.tar.gz\nPatch: p.patch\n%description
x
%package sub
Summary: x
%description sub
x
%package -n other
Summary: x
%description -n other
x
%package none
Summary: x
%description none
x
%files sub
%files -n other
%defattr(-,root,root)
"/usr/share/a b" /c
%attr(0755,root,root)/usr/bin/x
%dir %attr(1,2,3) /d
%doc README /usr/share/doc/z
%exclude /e
%config(noreplace) %verify(not md5) /etc/x
%lang(de) /l/*.mo
%check
:
%generate_buildrequires
:
`,
};

describe('odd specs', () => {
  let host: Host;
  let folder: string;
  let results: ReadonlyMap<string, SpecScanResult>;

  beforeAll(async () => {
    host = await openTestHost();
    folder = await sharedFolder('specs-');
    await writeSpecs(folder, SPECS);
    await writeFile(join(folder, 'include/common.inc'), '%define inc included\n');
    await mkdir(join(folder, '100%{x}'));
    await writeFile(join(folder, '100%{x}/x.spec'), spec('x'));
    await mkdir(join(folder, 'empty/folder.spec'));
    await symlink('loop.spec', join(folder, 'empty/loop.spec'));
    await symlink('nowhere', join(folder, 'empty/dangling.spec'));
    const worker = await host.roots.base('worker', signal);
    results = await scanFolder(folder, host, worker, { timeoutSeconds: 20, memoryMib: 512 }, signal);
  });
  afterAll(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    await host?.[Symbol.asyncDispose]();
  });

  it('each have a result', async () => {
    expect(results.size).toBe((await readdir(folder)).length + 3);
  });

  it.each([
    ['latin/latin.spec', /invalid utf-8 encoding in Vendor: caf\udce9/, null],
    ['empty/empty.spec', /Name field must be present/, null],
    ['empty/folder.spec', /is a directory/, null],
    ['empty/loop.spec', /Too many levels of symbolic links/, null],
    ['empty/dangling.spec', /No such file or directory/, null],
    ['unclosed/unclosed.spec', /Unclosed %if/, 1],
    ['unknown/unknown.spec', /Unknown tag: Nonsense: 1/, 7],
    ['recursive/recursive.spec', /Too many levels of recursion/, 9],
    ['itself/itself.spec', /Too many open files/, null],
  ])('fail with a reason, file and line: %s', (file, message, line) => {
    expect(failureOf(results, file)).toEqual({ message: expect.stringMatching(message), file, line });
  });

  it('are told by the command with file and line and exit code 2, after all that could be read', async () => {
    const argv = ['toolkit/distrokit', 'scan', '--specs', folder] as const;
    const told = await run(argv, { cwd: CHECKOUT, env: { DISTROKIT_CACHE: ROOT_CACHE } });
    expect(told.code, told.stderr).toBe(2);
    expect(told.stdout.trimEnd().split('\n')).toHaveLength(results.size);
    for (const [file, result] of results) {
      if (!isScanFailure(result)) continue;
      const { line, message } = result.error;
      expect(told.stderr).toContain(`  ${file}${line === null ? '' : `:${line}`}: ${message.slice(0, 20)}`);
    }
  });

  it('of 50 MB of Requires fail by what they tell, or are read where they say one thing', () => {
    expect(failureOf(results, 'big/big.spec')).toEqual({
      message: expect.stringMatching(/larger than 16 MiB|limit of/),
      file: 'big/big.spec',
      line: 50_010,
    });
    const requires = packagesOf(results, 'repeated')[0]!.requires;
    expect(requires.filter((one) => one.startsWith('capability-'))).toHaveLength(1);
  });

  it('may need themselves', () => {
    expect(packagesOf(results, 'self')[0]!.requires).toEqual(['self = 1-1', 'self-too']);
    expect(results.get('self/self.spec')).toMatchObject({ buildRequires: expect.arrayContaining(['self']) });
  });

  it('keep bytes that are no text as lone surrogates', () => {
    expect(packagesOf(results, 'bytes')[0]!.files).toEqual(['/usr/share/caf\udce9']);
  });

  it('find what lies beside them', () => {
    expect(packagesOf(results, 'include')[0]!.provides).toContain('included');
    expect(packagesOf(results, 'percent')[0]!.provides).toContain('x(percent)');
    expect(packagesOf(results, 'x', '100%{x}/x.spec')).toHaveLength(1);
  });

  it('give the packages that have %files, an empty one too, and paths alone of them', () => {
    expect(packagesOf(results, 'parts').map(({ name, files }) => [name, files])).toEqual([
      ['parts-sub', []],
      ['other', ['/usr/share/a b', '/c', '/usr/bin/x', '/d', '/usr/share/doc/z', '/etc/x', '/l/*.mo']],
    ]);
    expect(results.get('parts/parts.spec')).toMatchObject({
      sources: [{ url: 'https://a.invalid/x.tar.gz#/y.tar.gz', file: 'y.tar.gz' }],
      patches: [{ url: 'p.patch', file: 'p.patch' }],
      hasCheck: true,
      hasGenerateBuildRequires: true,
    });
  });
});

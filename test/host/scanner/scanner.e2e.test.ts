import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Root } from '../../../toolkit/domain/ports.ts';
import type { SpecScan, SpecScanResult } from '../../../toolkit/domain/spec.ts';
import { isScanFailure } from '../../../toolkit/domain/spec.ts';
import type { Host } from '../../../toolkit/host/host.ts';
import { createSpecScanner } from '../../../toolkit/host/scanner/scanner.ts';
import { scanSpecs } from '../../../toolkit/stages/specs-to-scans/index.ts';
import { openTestHost } from '../../support/host.ts';
import { sharedFolder, TARGET } from './real-host.ts';

const signal = new AbortController().signal;
const ours = resolve(import.meta.dirname, '../../../specs');

let host: Host;
let worker: Root;
let folder: string;

beforeAll(async () => {
  host = await openTestHost();
  worker = await host.roots.base('worker', signal);
  folder = await sharedFolder('specs-');
});
afterAll(async () => {
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  await host?.[Symbol.asyncDispose]();
});

async function scanFolder(specs: string, timeoutSeconds = 30): Promise<ReadonlyMap<string, SpecScanResult>> {
  const scanner = createSpecScanner(host, worker, { timeoutSeconds, memoryMib: 512 });
  const request = {
    ...{ folder: specs, target: TARGET, defines: [] },
    ...{ files: [], answers: [], versionMacros: undefined },
  };
  const { results } = await scanSpecs(request, scanner, { events: { emit: () => {} } }, signal);
  return new Map(results.map((result) => [result.spec, result]));
}

const QUERIES = [
  [
    '--srpm',
    'S %{NAME} %{EPOCHNUM} %{VERSION} %{RELEASE} %{ARCH}\n[BR %{REQUIRENEVRS}\n][XA %{EXCLUSIVEARCH}\n]',
  ],
  ['--srpm', '[NA %{EXCLUDEARCH}\n]'],
  [
    '--builtrpms',
    'P %{NAME} %{EPOCHNUM} %{VERSION} %{RELEASE} %{ARCH}\n[PR %{PROVIDENEVRS}\n][RQ %{REQUIRENEVRS}\n]' +
      '[RC %{RECOMMENDNEVRS}\n][OB %{OBSOLETENEVRS}\n][CF %{CONFLICTNEVRS}\n]',
  ],
] as const;

/** The same questions, asked of rpmspec, one spec and question at a time. */
async function askRpmspec(specs: string, spec: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const [kind, format] of QUERIES) {
    const at = dirname(`/specs/${spec}`);
    const defines = ['dist .dk1', `_sourcedir ${at}`, `_specdir ${at}`].flatMap((text) => ['--define', text]);
    const result = await host.roots.run(
      worker,
      {
        argv: ['rpmspec', '-q', kind, '--target', 'x86_64', ...defines, '--qf', format, `/specs/${spec}`],
        binds: [{ source: specs, target: '/specs', writable: false }],
        cwd: '/',
      },
      signal,
    );
    expect(result.exitCode, result.stderr).toBe(0);
    lines.push(...result.stdout.split('\n').filter((line) => line !== ''));
  }
  return lines;
}

function asQueried({ source, packages, ...scan }: SpecScan): readonly string[] {
  const nevra = (one: SpecScan['source']) =>
    `${one.name} ${one.epoch} ${one.version} ${one.release} ${one.arch}`;
  const tagged = (tag: string, values: readonly string[]) => values.map((value) => `${tag} ${value}`);
  return [
    `S ${nevra(source)}`,
    ...tagged('BR', scan.buildRequires),
    ...tagged('XA', scan.exclusiveArch),
    ...tagged('NA', scan.excludeArch),
    ...packages.flatMap((one) => [
      `P ${nevra(one)}`,
      ...tagged('PR', one.provides),
      ...tagged('RQ', one.requires),
      ...tagged('RC', one.recommends),
      ...tagged('OB', one.obsoletes),
      ...tagged('CF', one.conflicts),
    ]),
  ];
}

describe('a scan of our own specs', () => {
  it('tells what rpmspec tells of each', async () => {
    const results = await scanFolder(ours);
    expect(results.size).toBeGreaterThan(5);
    for (const [spec, result] of results) {
      if (isScanFailure(result)) throw new Error(`${spec}: ${result.error.message}`);
      expect(asQueried(result), spec).toEqual(await askRpmspec(ours, spec));
    }
  });
});

const head = (name: string) => `Name: ${name}
Version: 1
Release: 1
Summary: x
License: x
BuildArch: noarch
`;
const tail = `%description
x
%files
`;

describe('hostile specs', () => {
  let results: ReadonlyMap<string, SpecScanResult>;
  let connections = 0;

  beforeAll(async () => {
    const server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const specs: Readonly<Record<string, string | Uint8Array>> = {
      latin: Buffer.from(`${head('latin')}Vendor: caf\xe9\n${tail}`, 'latin1'),
      bytes: Buffer.from(`${head('bytes')}${tail}/usr/share/caf\xe9\n`, 'latin1'),
      empty: '',
      unclosed: `%if 1\n${head('unclosed')}${tail}`,
      unknown: `${head('unknown')}Nonsense: 1\n${tail}`,
      recursive: `%define a %b\n%define b %a\n${head('recursive')}Provides: %a\n${tail}`,
      sleep: `${head('sleep')}Provides: x%(sleep 1000)\n${tail}`,
      lua: `%{lua: while true do end}\n${head('lua')}${tail}`,
      remove: `${head('remove')}Provides: x%(rm -rf /specs/*; touch /specs/mark)\n${tail}`,
      net: `${head('net')}Provides: x%(exec 3<>/dev/tcp/127.0.0.1/${port} && echo reached)\n${tail}`,
      big: `${head('big')}${`Requires: capability-${'y'.repeat(1000)}\n`.repeat(50_000)}${tail}`,
      include: `%include common.inc\n${head('include')}Provides: %inc\n${tail}`,
      percent: `${head('percent')}Provides: x(%{basename:%{_sourcedir}})\n${tail}`,
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
    for (const [name, text] of Object.entries(specs)) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, `${name}.spec`), text);
    }
    await writeFile(join(folder, 'include/common.inc'), '%define inc included\n');
    await mkdir(join(folder, '100%{x}'));
    await writeFile(join(folder, '100%{x}/x.spec'), `${head('x')}${tail}`);
    await mkdir(join(folder, 'empty/folder.spec'));
    await symlink('loop.spec', join(folder, 'empty/loop.spec'));
    results = await scanFolder(folder, 5);
    server.close();
  });

  const failure = (name: string) => {
    const result = results.get(name);
    return result !== undefined && isScanFailure(result) ? result.error : undefined;
  };
  const packagesOf = (spec: string) => {
    const result = results.get(spec);
    if (result === undefined || isScanFailure(result)) throw new Error(`${spec}: ${JSON.stringify(result)}`);
    return result.packages;
  };

  it('each have a result', async () => {
    expect(results.size).toBe((await readdir(folder)).length + 2);
  });

  it.each([
    ['latin/latin.spec', /invalid utf-8 encoding in Vendor: caf\udce9/, null],
    ['empty/empty.spec', /Name field must be present/, null],
    ['empty/folder.spec', /is a directory/, null],
    ['empty/loop.spec', /Too many levels of symbolic links/, null],
    ['unclosed/unclosed.spec', /Unclosed %if/, 1],
    ['unknown/unknown.spec', /Unknown tag: Nonsense: 1/, 7],
    ['recursive/recursive.spec', /Too many levels of recursion/, 9],
    ['sleep/sleep.spec', /not parsed within the limit of 5 s/, null],
    ['lua/lua.spec', /not parsed within the limit of 5 s/, null],
  ])('fail with a reason, file and line: %s', (spec, message, line) => {
    expect(failure(spec)).toEqual({ message: expect.stringMatching(message), file: spec, line });
  });

  it('of 50 MB of Requires end one way or another', () => {
    expect(results.has('big/big.spec')).toBe(true);
  });

  it('do not reach the tree', async () => {
    expect(packagesOf('remove/remove.spec')).toHaveLength(1);
    expect(await readdir(join(folder, 'include'))).toEqual(['common.inc', 'include.spec']);
    expect(await readdir(folder)).not.toContain('mark');
  });

  it('do not reach the network', () => {
    expect(packagesOf('net/net.spec')[0]!.provides).toContain('x');
    expect(connections).toBe(0);
  });

  it('keep bytes that are no text as lone surrogates', () => {
    expect(packagesOf('bytes/bytes.spec')[0]!.files).toEqual(['/usr/share/caf\udce9']);
  });

  it('find what lies beside them', () => {
    expect(packagesOf('include/include.spec')[0]!.provides).toContain('included');
    expect(packagesOf('percent/percent.spec')[0]!.provides).toContain('x(percent)');
    expect(packagesOf('100%{x}/x.spec')).toHaveLength(1);
  });

  it('give the packages that have %files, an empty one too, and paths alone of them', () => {
    expect(packagesOf('parts/parts.spec').map(({ name, files }) => [name, files])).toEqual([
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

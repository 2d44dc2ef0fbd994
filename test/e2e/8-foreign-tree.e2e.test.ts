import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRpmFile } from '../../toolkit/stages/srpms-to-packages/index.ts';
import { CHECKOUT, isRoot, ROOT_CACHE } from '../support/checkout.ts';
import { type Run, run } from '../support/shell.ts';
import { SALT } from '../support/trial.ts';

const LICENSE = ['Summary: A package of a test', 'License: MIT'];

/** A tree in the style of a big distribution: specs lean on its macros, and some have sources that nobody has. */
const files = {
  'profile.yaml': `
arch: x86_64
dist: .tree3
rpm: "4.20.1"
releasever: "3"
worker: worker
specs: [SPECS]
defines:
  tree_flavour: as-read
files:
  - from: [SPECS/tree-macros/macros.*]
    to: /usr/lib/rpm/macros.d
build:
  libraries: worker
  defines:
    tree_flavour: as-built
  files:
    - from: [SPECS/tree-macros/greet]
      to: /usr/lib/tree
    - from: [./own/macros.own]
      to: /etc/rpm
`,
  'own/macros.own': '%own_word own\n',
  'SPECS/tree-macros/macros.tree': [
    '%treedatadir %{_datadir}/tree',
    '%tree_package(s:) %{expand:Name: tree-%{1}\nVersion: 1\nRelease: 1%{?dist}}',
    '%tree_greet /usr/lib/tree/greet\n',
  ].join('\n'),
  'SPECS/tree-macros/greet': `#!/bin/sh\necho "$1 ${SALT}"\n`,
  'SPECS/tree-words/tree-words.spec': [
    '%tree_package words',
    ...LICENSE,
    'BuildArch: noarch',
    'Provides: tree-flavour(%{tree_flavour})',
    '%description\nWords.',
    '%install',
    'mkdir -p %{buildroot}%{treedatadir}',
    '%tree_greet %{own_word} >%{buildroot}%{treedatadir}/words',
    '%files\n%{treedatadir}/words\n',
  ].join('\n'),
  'SPECS/zlib/zlib.spec': [
    'Name: zlib\nVersion: 99\nRelease: 1%{?dist}',
    ...LICENSE,
    'Source0: https://no-such-host.invalid/zlib-99.tar.gz',
    '%description\nIts source is nowhere.',
    '%package devel\nSummary: Headers\n%description devel\nHeaders.',
    '%files\n%files devel\n',
  ].join('\n'),
  'SPECS/zlib/zlib.signatures.json': JSON.stringify({ Signatures: { 'zlib-99.tar.gz': '0'.repeat(64) } }),
  'SPECS/tree-inflate/tree-inflate.spec': [
    '%tree_package inflate',
    ...LICENSE,
    'BuildRequires: gcc',
    'BuildRequires: tree-words',
    'BuildRequires: zlib-devel',
    '%description\nLinks a library.',
    '%build',
    "printf '#include <zlib.h>\\nint main(void) { return zlibVersion() == 0; }\\n' >a.c",
    'gcc %{build_cflags} %{build_ldflags} -o tree-inflate a.c -lz',
    'test -s %{treedatadir}/words',
    '%install\ninstall -D tree-inflate %{buildroot}%{_bindir}/tree-inflate',
    '%files\n%{_bindir}/tree-inflate\n',
  ].join('\n'),
};

describe.runIf(isRoot())('a tree that is not ours', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'foreign-'));
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
  });

  afterAll(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  async function make(packages: string): Promise<Run> {
    const env = {
      ...{ DISTROKIT_CACHE: ROOT_CACHE, OUT_DIR: join(folder, 'out') },
      ...{ DISTRO: join(folder, 'profile.yaml'), SPECS_DIR: join(folder, 'SPECS'), PACKAGES: packages },
    };
    return await run([join(CHECKOUT, 'toolkit/distrokit'), 'packages'], { env });
  }

  it('is built with its macros and tools, and with libraries of the worker whose sources it lacks', async () => {
    const { code, stderr } = await make('tree-inflate');
    expect(stderr).not.toMatch(/zlib/);
    expect(code).toBe(0);
    const built = await readdir(join(folder, 'out/RPMS'), { recursive: true });
    expect(built.filter((name) => name.endsWith('.rpm')).sort()).toEqual([
      'noarch/tree-words-1-1.tree3.noarch.rpm',
      'x86_64/tree-inflate-1-1.tree3.x86_64.rpm',
    ]);
    const words = join(folder, 'out/RPMS/noarch/tree-words-1-1.tree3.noarch.rpm');
    const { provides } = await readRpmFile(words);
    expect(provides.map(({ name }) => name)).toContain('tree-flavour(as-built)');
    expect((await make('tree-inflate')).stderr).toMatch(/0 built, 2 reused/);
  });

  it('fails at a library only where it is asked for by name', async () => {
    const { code, stderr } = await make('zlib');
    expect(code).toBe(1);
    expect(stderr).toMatch(/zlib-99\.tar\.gz .*was found nowhere/);
  });
});

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect } from 'vitest';
import {
  decompress,
  findRecord,
  type RepoPackage,
  readPrimary,
  readRepomd,
  writeRepodata,
} from '../../../toolkit/formats/repodata/index.ts';
import { readRpmHeader } from '../../../toolkit/formats/rpm/index.ts';
import { memorySource } from '../../../toolkit/formats/source.ts';
import { pieces, sha256 } from '../support/bytes.ts';
import { findTool, judged, runTool, tempFolder } from '../support/judge.ts';

const SPEC = `
Name: repotest
Epoch: 1
Version: 2.0
Release: 1
Summary: One <of> two & more
License: MIT
BuildArch: noarch
Requires(pre): repotest-sub = %{epoch}:%{version}
Requires: (repotest-sub if repotest-sub)
Provides: extra = 3:4-5
%description
Text
%package sub
Summary: Two
%description sub
Sub
%install
mkdir -p %{buildroot}/usr/bin %{buildroot}/etc/rt
echo a > %{buildroot}/usr/bin/rt
%files
/usr/bin/rt
%files sub
%dir /etc/rt
%ghost /var/rt
%changelog
* Thu Nov 19 2026 Some One <one@example.org> - 2.0-1
- Something
`;

let folder: ReturnType<typeof tempFolder>;
const packages: RepoPackage[] = [];

async function readRepository(root: string): Promise<RepoPackage[]> {
  const repomd = readRepomd(readFileSync(join(root, 'repodata/repomd.xml')));
  const { location } = findRecord(repomd, 'primary');
  const plain = decompress(pieces(readFileSync(join(root, location)), 4096), location);
  return (await Array.fromAsync(readPrimary(plain))).sort((a, b) => (a.location < b.location ? -1 : 1));
}

async function writeRepository(name: string, compression: 'gzip' | 'zstd'): Promise<string> {
  const root = join(folder.path, name);
  for (const file of await writeRepodata(packages, { compression, revision: '1', timestamp: 1 })) {
    mkdirSync(dirname(join(root, file.path)), { recursive: true });
    writeFileSync(join(root, file.path), file.bytes);
  }
  return root;
}

describe('a repository', () => {
  beforeAll(async () => {
    if (findTool('rpmbuild') === undefined) {
      return;
    }
    folder = tempFolder('repodata-');
    writeFileSync(join(folder.path, 'repotest.spec'), SPEC);
    const define = (name: string, value: string) => ['--define', `${name} ${value}`];
    runTool([
      'rpmbuild',
      '-bb',
      '--nodeps',
      ...define('_topdir', folder.path),
      ...define('_dbpath', join(folder.path, 'db')),
      ...define('_tmppath', folder.path),
      join(folder.path, 'repotest.spec'),
    ]);
    const rpms = join(folder.path, 'RPMS/noarch');
    for (const location of readdirSync(rpms)) {
      const bytes = readFileSync(join(rpms, location));
      const digest = { sha256: sha256(bytes), size: bytes.length };
      packages.push({ header: await readRpmHeader(memorySource(bytes)), digest, location });
    }
    return () => folder[Symbol.dispose]();
  });

  judged('rpmbuild', 'createrepo_c')('says the same as the one that createrepo_c makes', async () => {
    const theirs = join(folder.path, 'RPMS/noarch');
    runTool(['createrepo_c', '-q', '--compress-type=gz', theirs]);
    const ours = await readRepository(await writeRepository('ours-gz', 'gzip'));
    expect(ours.length).toBe(2);
    expect(ours).toEqual(await readRepository(theirs));
  });

  judged('rpmbuild', 'xmllint')('is well-formed XML', async () => {
    const root = await writeRepository('ours-xml', 'gzip');
    for (const name of readdirSync(join(root, 'repodata'))) {
      runTool(['xmllint', '--noout', join(root, 'repodata', name)]);
    }
  });

  for (const compression of ['gzip', 'zstd'] as const) {
    judged('rpmbuild', 'dnf')(`is one that dnf queries, compressed with ${compression}`, async () => {
      const root = await writeRepository(`ours-dnf-${compression}`, compression);
      const config = join(folder.path, 'dnf.conf');
      writeFileSync(config, '[main]\n');
      const query = (...what: string[]) =>
        runTool([
          'dnf',
          '-q',
          `--setopt=cachedir=${folder.path}/dnf-cache-${compression}`,
          `--installroot=${folder.path}/dnf-root`,
          '--releasever=1',
          `--config=${config}`,
          `--repofrompath=ours,${root}`,
          '--repo=ours',
          'repoquery',
          ...what,
        ])
          .toString()
          .trim()
          .split('\n');
      expect(query('--requires', 'repotest')).toEqual([
        '(repotest-sub if repotest-sub)',
        'repotest-sub = 1:2.0',
      ]);
      expect(query('--whatprovides', 'extra >= 3:4')).toEqual(['repotest-1:2.0-1.noarch']);
      expect(query('--file', '/var/rt')).toEqual(['repotest-sub-1:2.0-1.noarch']);
      expect(query('--changelog', 'repotest').join('\n')).toContain('- Something');
    });
  }
});

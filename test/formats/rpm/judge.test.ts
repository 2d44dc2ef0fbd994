import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect } from 'vitest';
import { readRpmFiles, readRpmHeader } from '../../../toolkit/formats/rpm/index.ts';
import { memorySource } from '../../../toolkit/formats/source.ts';
import { findTool, judged, runTool, tempFolder } from '../support/judge.ts';

const SPEC = `
Name: judged
Epoch: 7
Version: 1.2~rc1
Release: 3
Summary: A package – for the test
License: MIT
Group: Test/Group
URL: https://example.org/judged
BuildArch: noarch
Requires(pre): coreutils >= 8
Requires: (glibc >= 2.36 if (systemd or busybox))
Requires: bash = 5:1-2
Recommends: less
Supplements: (man and less)
Provides: judged-extra = 2:9-8
Conflicts: other < 4
Obsoletes: older <= 3
%description
Many words
& <signs>.
%install
mkdir -p %{buildroot}/usr/share/judged/sub
echo one > %{buildroot}/usr/share/judged/one
ln %{buildroot}/usr/share/judged/one %{buildroot}/usr/share/judged/same
ln -s one %{buildroot}/usr/share/judged/link
chmod 4750 %{buildroot}/usr/share/judged/one
%files
%dir /usr/share/judged
/usr/share/judged/sub
%caps(cap_net_raw=ep) %attr(4750,root,adm) /usr/share/judged/one
/usr/share/judged/same
/usr/share/judged/link
%ghost /var/log/judged.log
%dev(c,5,1) %attr(0620,root,tty) /dev/judged
%changelog
* Thu Nov 19 2026 Some One <one@example.org> - 1.2~rc1-3
- Something
* Wed Nov 18 2026 Some Two <two@example.org> - 1.2~rc1-2
- Before
`;

const hasTools = findTool('rpmbuild') !== undefined;
let rpm = Buffer.alloc(0);
let srpm = Buffer.alloc(0);

function query(format: string, bytes: Buffer): string {
  using folder = tempFolder('rpm-query-');
  const path = join(folder.path, 'x.rpm');
  writeFileSync(path, bytes);
  return runTool(['rpm', '-qp', '--nosignature', '--dbpath', folder.path, '--qf', format, path]).toString();
}

describe('an RPM that rpmbuild made', () => {
  beforeAll(() => {
    if (!hasTools) {
      return;
    }
    using folder = tempFolder('rpm-judge-');
    mkdirSync(join(folder.path, 'db'));
    const spec = join(folder.path, 'judged.spec');
    writeFileSync(spec, SPEC);
    const define = (name: string, value: string) => ['--define', `${name} ${value}`];
    runTool([
      'rpmbuild',
      '-ba',
      '--nodeps',
      ...define('_topdir', folder.path),
      ...define('_dbpath', join(folder.path, 'db')),
      ...define('_tmppath', folder.path),
      ...define('dist', '.t'),
      spec,
    ]);
    const only = (name: string) => {
      const found = join(folder.path, name);
      return readFileSync(join(found, readdirSync(found)[0] ?? ''));
    };
    rpm = only('RPMS/noarch');
    srpm = only('SRPMS');
  });

  judged('rpmbuild', 'rpm')('has the same tags as rpm reads', async () => {
    const header = await readRpmHeader(memorySource(rpm));
    const format =
      '%{name}|%{epoch}|%{version}|%{release}|%{arch}|%{summary}|%{url}|%{license}|%{group}|%{buildhost}|' +
      '%{sourcerpm}|%{buildtime}|%{longsize}|%{longarchivesize}|%{description}';
    expect(
      [
        header.name,
        header.epoch,
        header.version,
        header.release,
        header.arch,
        header.summary,
        header.url,
        header.license,
        header.group,
        header.buildHost,
        header.sourceRpm,
        header.buildTime,
        header.installedSize,
        header.archiveSize,
        header.description,
      ].join('|'),
    ).toBe(query(format, rpm));
  });

  judged('rpmbuild', 'rpm')('has the same files as rpm reads', async () => {
    const files = await readRpmFiles(memorySource(rpm));
    const format =
      '[%{filenames}|%{filemodes}|%{fileusername}|%{filegroupname}|%{filerdevs}|%{filemtimes}|' +
      '%{longfilesizes}|%{filedigests}|%{filelinktos}|%{fileflags}|%{filecaps}|%{fileinodes}\n]';
    const lines = files.map((file) =>
      [
        Buffer.from(file.path).toString(),
        file.mode,
        file.user,
        file.group,
        (file.device.major << 8) | file.device.minor,
        file.mtime,
        file.size,
        file.digest,
        Buffer.from(file.linkTo).toString(),
        file.flags,
        file.caps,
        file.inode,
      ].join('|'),
    );
    expect(`${lines.join('\n')}\n`).toBe(query(format, rpm));
    expect(lines.length).toBe(7);
  });

  judged('rpmbuild', 'rpm')('has the relations of its spec', async () => {
    const header = await readRpmHeader(memorySource(rpm));
    expect(header.requires).toContainEqual({
      name: 'coreutils',
      flags: 'GE',
      epoch: '0',
      version: '8',
      pre: true,
    });
    expect(header.requires).toContainEqual({ name: '(glibc >= 2.36 if (systemd or busybox))' });
    expect(header.requires.some(({ name }) => name.startsWith('rpmlib('))).toBe(false);
    expect(header.provides).toContainEqual({
      name: 'judged',
      flags: 'EQ',
      epoch: '7',
      version: '1.2~rc1',
      release: '3',
    });
    expect(header.supplements).toEqual([{ name: '(man and less)' }]);
    expect(header.changelogs.length).toBe(2);
    expect(header.files.filter(({ type }) => type !== 'file')).toEqual([
      { path: '/usr/share/judged', type: 'dir' },
      { path: '/usr/share/judged/sub', type: 'dir' },
      { path: '/var/log/judged.log', type: 'ghost' },
    ]);
  });

  judged('rpmbuild', 'rpm')('comes with a source RPM that is read as one', async () => {
    expect(await readRpmHeader(memorySource(srpm))).toMatchObject({
      name: 'judged',
      arch: 'src',
      isSource: true,
      sourceRpm: '',
      files: [{ path: 'judged.spec', type: 'file' }],
    });
  });
});

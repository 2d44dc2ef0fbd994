import type { RpmPackage } from '../../../toolkit/domain/package.ts';

/** A package with the fields given; the others are plain. */
export function rpmPackage(parts: Partial<RpmPackage> = {}): RpmPackage {
  return {
    name: 'hello',
    epoch: 0,
    version: '1.0',
    release: '1.dk1',
    arch: 'x86_64',
    summary: 'Says hello',
    description: 'It says <hello> & "bye".\nTwice.',
    url: 'https://example.org/hello',
    license: 'MIT',
    vendor: 'distrokit',
    group: 'Unspecified',
    buildHost: 'builder',
    packager: '',
    sourceRpm: 'hello-1.0-1.dk1.src.rpm',
    buildTime: 1_700_000_000,
    isSource: false,
    installedSize: 1000,
    archiveSize: 1200,
    headerRange: { start: 4504, end: 9001 },
    provides: [{ name: 'hello', flags: 'EQ', epoch: '0', version: '1.0', release: '1.dk1' }],
    requires: [
      { name: '/bin/sh', pre: true },
      { name: '(a if b)' },
      { name: 'libc.so.6(GLIBC_2.34)(64bit)' },
      { name: 'base', flags: 'GE', epoch: '2', version: '1' },
    ],
    conflicts: [],
    obsoletes: [{ name: 'hullo', flags: 'LT', epoch: '0', version: '1.0' }],
    recommends: [],
    suggests: [],
    supplements: [{ name: '(c and d)' }],
    enhances: [],
    files: [
      { path: '/etc/hello', type: 'dir' },
      { path: '/usr/bin/hello', type: 'file' },
      { path: '/var/log/hello', type: 'ghost' },
      { path: '/etc/caf\xc3\xa9', type: 'file' },
    ],
    changelogs: Array.from({ length: 12 }, (_, index) => ({
      author: `A <a@example.org> - ${12 - index}`,
      date: 1_700_000_000 - index * 86400,
      text: `- Change ${12 - index}`,
    })),
    ...parts,
  };
}

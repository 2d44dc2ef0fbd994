import type { BilledPackage, ImageBill } from '../../../toolkit/domain/image-bill.ts';
import type { RpmPackage } from '../../../toolkit/domain/package.ts';
import { formatNevra, rpmFileName } from '../../../toolkit/domain/spec.ts';
import { rpmPackage } from './package.ts';

/** 64 hexadecimal digits that one text always gives. */
export function fakeSha(text: string): string {
  return Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64);
}

/** An installed package; `needs` are NEVRAs of others. */
export function billed(changes: Partial<RpmPackage>, needs: readonly string[] = []): BilledPackage {
  const name = changes.name ?? 'base';
  const header = { ...rpmPackage(), epoch: 0, sourceRpm: `${name}-1.0-1.src.rpm`, ...changes };
  return {
    nevra: formatNevra(header),
    file: rpmFileName(header),
    digest: { sha256: fakeSha(name), size: 1000 },
    header,
    needs,
    sourceDigest: { sha256: fakeSha(`${name}.src`), size: 2000 },
  };
}

const library = billed({
  name: 'libstdc++',
  epoch: 2,
  version: '14~rc1',
  release: '1',
  arch: 'x86_64',
  license: 'GPL-3.0-or-later WITH GCC-exception-3.1 AND LicenseRef-Public-Domain',
});
const odd = { name: 'odd_tool', version: '1', release: '1', arch: 'noarch', license: 'GPLv2+ and BSD' };

/** A bill with one of everything: an epoch, odd characters, licences that SPDX does not know. */
export function imageBill(changes: Partial<ImageBill> = {}): ImageBill {
  return {
    name: 'trial',
    version: '1.0',
    epoch: 1_700_000_000,
    distro: 'somelinux-3.0',
    config: {
      sha256: fakeSha('config'),
      files: [{ path: 'configs/trial.yaml', sha256: fakeSha('trial.yaml') }],
      formats: ['raw', 'iso'],
    },
    commandLine: 'console=ttyS0 rw',
    packages: [library, { ...billed({ ...odd, url: '' }, [library.nevra]), sourceDigest: undefined }],
    bootPrograms: [
      {
        file: '/usr/lib/grub/i386-pc/boot.img',
        use: 'GRUB of the disk',
        from: { kind: 'package', nevra: library.nevra },
      },
      {
        file: '/usr/lib/stub',
        use: 'EFI stub',
        from: {
          kind: 'root',
          license: 'LGPL-2.1-or-later',
          package: {
            ...{ name: 'systemd-boot-efi', version: '257.1-1~deb13u1', arch: 'amd64' },
            sha256: fakeSha('stub'),
            source: { name: 'systemd', version: '257.1-1~deb13u1' },
            homepage: 'https://systemd.io',
          },
        },
      },
    ],
    sources: [
      {
        name: 'gcc',
        file: 'gcc-14~rc1-1.src.rpm',
        digest: { sha256: fakeSha('gcc.src'), size: 10 },
        files: [
          { name: 'gcc.spec', sha256: fakeSha('gcc.spec'), url: undefined },
          { name: 'gcc.tar.xz', sha256: fakeSha('gcc.tar'), url: 'https://example.invalid/gcc.tar.xz' },
        ],
        needs: ['zlib'],
      },
    ],
    roots: [
      {
        name: 'tools',
        key: fakeSha('tools'),
        packages: [{ name: 'rpm', version: '4.20', arch: 'amd64', sha256: fakeSha('rpm') }],
      },
    ],
    builder: { version: '0.1.0', program: fakeSha('program') },
    ...changes,
  };
}

import { describe, expect, it } from 'vitest';
import type { ImageInstaller } from '../../../toolkit/domain/image-config/system.ts';
import { installerConfig, wantedPackages } from '../../../toolkit/domain/installer/live-config.ts';
import type { RpmPackage } from '../../../toolkit/domain/package.ts';
import { diskEncryption, imageConfig, imageDisk } from '../../support/image-host.ts';

const INSTALLER: ImageInstaller = {
  ...{ target: undefined, afterwards: 'power-off', encryption: 'always', kickstart: false },
};

function rpm(name: string, path: string): RpmPackage {
  return { name, files: [{ path, type: 'file' }] } as unknown as RpmPackage;
}

describe('installerConfig', () => {
  it('has the kernel of what it installs, and nobody who could log in', () => {
    const user = { name: 'ada' } as never;
    const config = imageConfig({ packages: ['nano'], users: [user], installer: INSTALLER, kernelArgs: 'x' });
    const overlay = { mount: '/srv' } as never;
    const live = installerConfig({ ...config, overlays: [overlay] }, [
      rpm('kernel-x', '/boot/vmlinuz-1'),
      rpm('nano', '/usr/bin/nano'),
    ]);
    expect(live.packages).toContain('kernel-x');
    expect(live.packages).not.toContain('nano');
    expect(live).toMatchObject({ users: [], kernelArgs: '', installer: undefined, formats: ['iso'] });
    expect(live.overlays).toEqual([]);
    expect(JSON.stringify(live.files)).not.toContain('getty');
  });
});

describe('wantedPackages', () => {
  it('adds the installer only where there is one', () => {
    expect(wantedPackages(imageConfig())).toEqual(['base']);
    const plain = wantedPackages(imageConfig({ installer: INSTALLER }));
    expect(plain).toContain('distrokit-installer');
    expect(plain).not.toContain('cryptsetup');
    expect(plain).not.toContain('bash');
    expect(wantedPackages(imageConfig({ installer: { ...INSTALLER, kickstart: true } }))).toContain('bash');
    const disk = imageDisk({ encryption: diskEncryption() });
    const sealed = imageConfig({ installer: INSTALLER, disk });
    expect(wantedPackages(sealed)).toContain('cryptsetup');
    expect(installerConfig(sealed, [])).toMatchObject({
      packages: expect.arrayContaining(['cryptsetup']),
      disk: { encryption: undefined },
    });
  });
});

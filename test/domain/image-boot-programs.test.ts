import { describe, expect, it } from 'vitest';
import type { DebianPackage } from '../../toolkit/domain/image-bill.ts';
import { bootPrograms } from '../../toolkit/domain/image-boot-programs.ts';
import { rpmPackage } from '../formats/support/package.ts';

const digest = { sha256: 'a'.repeat(64), size: 1 };
const debian = new Map(
  ['systemd-boot-efi', 'grub-pc-bin', 'grub-efi-amd64-bin'].map((name): [string, DebianPackage] => [
    name,
    { name, version: '1', arch: 'amd64', sha256: name, source: { name: 'src', version: '1' }, homepage: '' },
  ]),
);
const all = {
  efiLoader: 'uki',
  isSigned: false,
  hasBiosDisk: true,
  hasIso: true,
  hasInstaller: false,
} as const;
const nothing = { efiStub: undefined, hasGrubBios: false, systemdBoot: undefined, hasGrubEfi: false };

function owners(facts: Parameters<typeof bootPrograms>[0], files: string[] = []) {
  const own = { ...rpmPackage(), name: 'own', files: files.map((path) => ({ path, type: 'file' as const })) };
  return bootPrograms(facts, [own], debian).map(({ from }) =>
    from.kind === 'package' ? 'own' : `${from.package.name} (${from.license})`,
  );
}

describe('bootPrograms', () => {
  it("are the tools root's where the image has none", () => {
    expect(owners({ ...all, rootfs: nothing })).toEqual([
      'grub-pc-bin (GPL-3.0-or-later)',
      'grub-pc-bin (GPL-3.0-or-later)',
      'grub-efi-amd64-bin (GPL-3.0-or-later)',
      'systemd-boot-efi (LGPL-2.1-or-later)',
    ]);
  });

  it("are the image's where it has them, but for those of the ISO", () => {
    const files = ['/usr/lib/systemd/boot/efi/linuxx64.efi.stub', '/usr/lib/grub/i386-pc/boot.img'];
    expect(owners({ ...all, rootfs: { ...nothing, efiStub: digest, hasGrubBios: true } }, files)).toEqual([
      'own',
      'grub-pc-bin (GPL-3.0-or-later)',
      'grub-efi-amd64-bin (GPL-3.0-or-later)',
      'own',
    ]);
  });

  it.each([
    ['systemd-boot', false, ['linuxx64.efi.stub', 'systemd-bootx64.efi']],
    ['grub', false, ['normal.mod']],
    ['grub', true, ['normal.mod', 'linuxx64.efi.stub']],
  ] as const)('are those of the loader: %s, signed: %s', (efiLoader, isSigned, files) => {
    const facts = { efiLoader, isSigned, hasBiosDisk: false, hasIso: false, hasInstaller: false };
    const ofRoot = bootPrograms({ ...facts, rootfs: nothing }, [], debian);
    expect(ofRoot.map(({ file }) => file.replace(/^.*\//, ''))).toEqual(files);
    const has = { efiStub: digest, hasGrubBios: true, systemdBoot: digest, hasGrubEfi: true };
    const paths = ofRoot.map(({ file }) => file);
    expect(owners({ ...facts, rootfs: has }, paths)).toEqual(files.map(() => 'own'));
  });

  it.each([
    [false, ['boot_hybrid.img', 'linuxx64.efi.stub']],
    [true, ['boot_hybrid.img', 'linuxx64.efi.stub', 'systemd-bootx64.efi']],
  ] as const)(
    'are no GRUB for UEFI where the ISO is signed; of an installer (%s) a menu',
    (hasInstaller, files) => {
      const facts = { efiLoader: undefined, isSigned: true, hasBiosDisk: false, hasIso: true, hasInstaller };
      const has = { efiStub: digest, hasGrubBios: true, systemdBoot: digest, hasGrubEfi: true };
      const found = bootPrograms({ ...facts, rootfs: has }, [], debian);
      expect(found.map(({ file }) => file.replace(/^.*\//, ''))).toEqual(files);
    },
  );

  it('are none for a container', () => {
    const none = {
      efiLoader: undefined,
      isSigned: false,
      hasBiosDisk: false,
      hasIso: false,
      hasInstaller: false,
    };
    expect(owners({ ...none, rootfs: nothing })).toEqual([]);
  });
});

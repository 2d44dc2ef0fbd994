import type { BootProgram, DebianPackage } from './image-bill.ts';
import type { BootLoader } from './image-config/disk.ts';
import { EFI_STUB, GRUB_BIOS, GRUB_EFI, type Rootfs, SYSTEMD_BOOT } from './image-rootfs.ts';
import type { RpmPackage } from './package.ts';
import { formatNevra } from './spec.ts';
import { byCodeUnit } from './text.ts';

/** Debian packages of the tools root that boot programs may come from, and the licences of these programs. */
const BOOT_LICENSES = {
  'systemd-boot-efi': 'LGPL-2.1-or-later',
  'grub-pc-bin': 'GPL-3.0-or-later',
  'grub-efi-amd64-bin': 'GPL-3.0-or-later',
} as const;
type BootPackage = keyof typeof BOOT_LICENSES;

/** What of an image decides which programs start it. */
export interface BootFacts {
  /** What UEFI starts of its ESP; undefined: it has none. */
  readonly efiLoader: BootLoader | undefined;
  /** Whether that is signed. */
  readonly isSigned: boolean;
  /** Whether GRUB starts the disk on a BIOS. */
  readonly hasBiosDisk: boolean;
  readonly hasIso: boolean;
  /** Whether that installs something. */
  readonly hasInstaller: boolean;
  readonly rootfs: Pick<Rootfs, 'efiStub' | 'systemdBoot' | 'hasGrubBios' | 'hasGrubEfi'>;
}

/**
 * The programs that start an image before its kernel, sorted by file: from the image's own packages where
 * they have them, else from the tools root. Media that are read-only are always started by the tools root's.
 */
export function bootPrograms(
  facts: BootFacts,
  packages: readonly RpmPackage[],
  debian: ReadonlyMap<string, DebianPackage>,
): readonly BootProgram[] {
  const ofImage = (file: string, use: string): BootProgram => {
    const owner = packages.find(({ files }) => files.some(({ path }) => path === file));
    if (owner === undefined) throw new Error(`no installed package has ${file}`);
    return { file, use, from: { kind: 'package', nevra: formatNevra(owner) } };
  };
  const ofRoot = (file: string, use: string, name: BootPackage): BootProgram => {
    const known = debian.get(name);
    if (known === undefined) throw new Error(`the tools root has no package ${name}`);
    return { file, use, from: { kind: 'root', package: known, license: BOOT_LICENSES[name] } };
  };
  const found: BootProgram[] = [];
  const { efiLoader, rootfs } = facts;
  const ofEither = (isOwn: boolean, file: string, use: string, name: BootPackage): void => {
    found.push(isOwn ? ofImage(file, use) : ofRoot(file, use, name));
  };
  // GRUB starts a kernel itself, but under Secure Boot.
  if (efiLoader !== undefined && (efiLoader !== 'grub' || facts.isSigned)) {
    const use = 'EFI stub of the unified kernel image';
    ofEither(rootfs.efiStub !== undefined, EFI_STUB, use, 'systemd-boot-efi');
  }
  if (efiLoader === 'systemd-boot') {
    const use = 'systemd-boot of the disk, for UEFI';
    ofEither(rootfs.systemdBoot !== undefined, SYSTEMD_BOOT, use, 'systemd-boot-efi');
  }
  if (efiLoader === 'grub') {
    const use = 'GRUB of the disk, for UEFI';
    ofEither(rootfs.hasGrubEfi, `${GRUB_EFI}/normal.mod`, use, 'grub-efi-amd64-bin');
  }
  if (facts.hasBiosDisk) {
    const use = 'GRUB of the disk, for BIOS';
    ofEither(rootfs.hasGrubBios, `${GRUB_BIOS}/boot.img`, use, 'grub-pc-bin');
  }
  if (facts.hasIso) {
    found.push(
      ofRoot(`${GRUB_BIOS}/boot_hybrid.img`, 'GRUB of the ISO, for BIOS', 'grub-pc-bin'),
      ...(facts.isSigned
        ? [
            ofRoot(EFI_STUB, 'EFI stub of the unified kernel image', 'systemd-boot-efi'),
            ...(facts.hasInstaller
              ? [ofRoot(SYSTEMD_BOOT, 'systemd-boot of the ISO, for UEFI', 'systemd-boot-efi')]
              : []),
          ]
        : [ofRoot(`${GRUB_EFI}/normal.mod`, 'GRUB of the ISO, for UEFI', 'grub-efi-amd64-bin')]),
    );
  }
  return found.sort((a, b) => byCodeUnit(a.file, b.file));
}

import type { BootProgram, DebianPackage } from './image-bill.ts';
import { GRUB_BIOS, type Rootfs } from './image-rootfs.ts';
import type { RpmPackage } from './package.ts';
import { formatNevra } from './spec.ts';
import { byCodeUnit } from './text.ts';

const EFI_STUB = '/usr/lib/systemd/boot/efi/linuxx64.efi.stub';
const GRUB_EFI = '/usr/lib/grub/x86_64-efi';

/** Debian packages of the tools root that boot programs may come from, and the licences of these programs. */
const BOOT_LICENSES = {
  'systemd-boot-efi': 'LGPL-2.1-or-later',
  'grub-pc-bin': 'GPL-3.0-or-later',
  'grub-efi-amd64-bin': 'GPL-3.0-or-later',
} as const;
type BootPackage = keyof typeof BOOT_LICENSES;

/** What of an image decides which programs start it. */
export interface BootFacts {
  /** Whether a unified kernel image is in its ESP. */
  readonly hasEfiDisk: boolean;
  /** Whether GRUB starts the disk on a BIOS. */
  readonly hasBiosDisk: boolean;
  readonly hasIso: boolean;
  readonly rootfs: Pick<Rootfs, 'efiStub' | 'hasGrubBios'>;
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
  if (facts.hasEfiDisk) {
    const use = 'EFI stub of the unified kernel image';
    const isOwn = facts.rootfs.efiStub !== undefined;
    found.push(isOwn ? ofImage(EFI_STUB, use) : ofRoot(EFI_STUB, use, 'systemd-boot-efi'));
  }
  if (facts.hasBiosDisk) {
    const use = 'GRUB of the disk, for BIOS';
    const boot = `${GRUB_BIOS}/boot.img`;
    found.push(facts.rootfs.hasGrubBios ? ofImage(boot, use) : ofRoot(boot, use, 'grub-pc-bin'));
  }
  if (facts.hasIso) {
    found.push(
      ofRoot(`${GRUB_BIOS}/boot_hybrid.img`, 'GRUB of the ISO, for BIOS', 'grub-pc-bin'),
      ofRoot(`${GRUB_EFI}/normal.mod`, 'GRUB of the ISO, for UEFI', 'grub-efi-amd64-bin'),
    );
  }
  return found.sort((a, b) => byCodeUnit(a.file, b.file));
}

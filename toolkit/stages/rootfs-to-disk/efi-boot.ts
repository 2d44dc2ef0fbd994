import { GRUB_EFI, type Rootfs, SYSTEMD_BOOT } from '../../domain/image-rootfs.ts';
import type { Step } from '../../domain/image-steps.ts';
import type { ImageLayout } from '../../domain/layout.ts';
import { publicKeyPacket } from '../../formats/openpgp/index.ts';
import type { BootPlan, BootRequest, EspFile, Signing } from './boot-plan.ts';
import { GRUB_MENU_MODULES, unpackModules } from './grub-modules.ts';
import { IN, WORK } from './places.ts';
import { UKI, unifiedKernel } from './uki.ts';

/** What UEFI starts when nobody told it otherwise. UEFI 2.10, 3.5.1.1. */
const FIRST = '/EFI/BOOT/BOOTX64.EFI';
const LOADER = 'loader.efi';

/**
 * Generation of GRUB's fixes that our package and the tools root's have, those of February 2025 included.
 * Source: SBAT.md and SbatLevel_Variable.txt of shim.
 */
const SBAT = [
  'sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md',
  'grub,5,Free Software Foundation,grub,2.12,https://www.gnu.org/software/grub/',
  '',
].join('\n');

/** What starts the disk by UEFI; GRUB without Secure Boot finds menu and kernel where it finds them on a BIOS. */
export function planEfiBoot(layout: ImageLayout, request: BootRequest): BootPlan {
  switch (request.loader) {
    case 'uki':
      return withUnifiedKernel(request, FIRST);
    case 'systemd-boot':
      return systemdBoot(request);
    case 'grub':
      return request.certificate === undefined ? grub(layout, request) : signedGrub(layout, request);
  }
}

function withUnifiedKernel(request: BootRequest, to: string): BootPlan {
  const { step, texts } = unifiedKernel(request);
  const program = programAt(UKI, to, request);
  return { texts, steps: [step], signings: program.signings, espFiles: [program.file] };
}

/** Its default is what is in EFI/Linux. Another command line than the image's own is let through without Secure Boot only. */
function systemdBoot(request: BootRequest): BootPlan {
  const { rootfs, certificate } = request;
  const source = rootfs.systemdBoot === undefined ? SYSTEMD_BOOT : `${IN}/systemd-boot`;
  const uki = withUnifiedKernel(request, unifiedPath(request));
  const loader = programAt(LOADER, FIRST, request);
  const settings = ['timeout 1', `editor ${certificate === undefined ? 'yes' : 'no'}`, ''].join('\n');
  return {
    texts: { ...uki.texts, 'loader.conf': settings },
    steps: [...uki.steps, { argv: ['cp', source, `${WORK}/${LOADER}`] }],
    signings: [...uki.signings, ...loader.signings],
    espFiles: [loader.file, [`${WORK}/loader.conf`, '/loader/loader.conf'], ...uki.espFiles],
  };
}

function grub({ table }: ImageLayout, request: BootRequest): BootPlan {
  const modules = [...(table === 'gpt' ? ['part_gpt'] : ['part_msdos']), 'fat', ...GRUB_MENU_MODULES];
  const loader = programAt(LOADER, FIRST, request);
  return {
    texts: { 'sbat.csv': SBAT },
    steps: [...unpackModules(request.rootfs, GRUB_EFI), grubImage(request.rootfs, [], modules)],
    signings: loader.signings,
    espFiles: [loader.file],
  };
}

/**
 * GRUB that starts the unified kernel image, by what is in its own, signed, program: a menu in the ESP could be
 * changed by others. Under Secure Boot GRUB starts only what one of its verifiers approves: shim, which is not there,
 * or an OpenPGP signature by a key that is in it. The firmware then checks the signature of the image itself. Where it is
 * refused, GRUB gives the machine back to the firmware: nobody gets a prompt.
 */
function signedGrub({ table, esp }: ImageLayout, request: BootRequest): BootPlan {
  const { certificate, rootfs } = request;
  const path = unifiedPath(request);
  const uki = withUnifiedKernel(request, path);
  const loader = programAt(LOADER, FIRST, request);
  const start = [
    `search --no-floppy --fs-uuid --set=root ${esp!.uuid}`,
    `chainloader ${path}`,
    'boot',
    // Only where it could not: the parser of an embedded configuration knows no conditions.
    `echo "${path} is damaged, or not signed with the key of this disk."`,
    ...['sleep 10', 'exit', ''],
  ].join('\n');
  const modules = [
    ...[table === 'gpt' ? 'part_gpt' : 'part_msdos', 'fat', 'search', 'search_fs_uuid', 'chain'],
    ...['pgp', 'gcry_rsa', 'gcry_sha256', 'sleep', 'minicmd', ...GRUB_MENU_MODULES],
  ];
  const options = ['--disable-shim-lock', '-k', `${WORK}/grub.pub`, '-c', `${WORK}/start.cfg`];
  const [[signed]] = uki.espFiles as [EspFile];
  const name = signed.slice(WORK.length + 1);
  return {
    texts: {
      ...{ ...uki.texts, 'sbat.csv': SBAT, 'start.cfg': start },
      'grub.pub': publicKeyPacket(certificate!).toString('latin1'),
    },
    steps: [...uki.steps, ...unpackModules(rootfs, GRUB_EFI), grubImage(rootfs, options, modules)],
    signings: [...uki.signings, { from: name, to: `${name}.sig`, kind: 'detached' }, ...loader.signings],
    espFiles: [loader.file, ...uki.espFiles, [`${signed}.sig`, `${path}.sig`]],
  };
}

function grubImage(rootfs: Rootfs, options: readonly string[], modules: readonly string[]): Step {
  const folder = rootfs.hasGrubEfi ? `${WORK}${GRUB_EFI}` : GRUB_EFI;
  return {
    argv: [
      ...(['grub-mkimage', '-O', 'x86_64-efi', '-d', folder, '-p', '/grub'] as const),
      ...['--sbat', `${WORK}/sbat.csv`, ...options, '-o', `${WORK}/${LOADER}`, ...modules],
    ],
    env: { SOURCE_DATE_EPOCH: String(rootfs.epoch) },
  };
}

function unifiedPath({ unifiedName }: BootRequest): string {
  return `/EFI/Linux/${unifiedName}.efi`;
}

/** A program of `WORK` and its path in the ESP: signed where there is a key. */
function programAt(
  name: string,
  to: string,
  { certificate }: BootRequest,
): { readonly file: EspFile; readonly signings: readonly Signing[] } {
  if (certificate === undefined) return { file: [`${WORK}/${name}`, to], signings: [] };
  const signed = `signed-${name}`;
  return { file: [`${WORK}/${signed}`, to], signings: [{ from: name, to: signed, kind: 'program' }] };
}

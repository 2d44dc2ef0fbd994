import { parseGrubWords } from '../domain/image-boot.ts';
import type { BootLoader, BootMode } from '../domain/image-config/disk.ts';
import type { FatContent } from '../formats/fat/index.ts';
import { readSection } from '../formats/pe/index.ts';

/** How a disk starts, as its first sector and its ESP tell. */
export interface DiskBoot {
  readonly boot: BootMode;
  /** Of the kernel; undefined where the ESP does not tell. */
  readonly commandLine: string | undefined;
  /** Undefined: the firmware starts a unified kernel image, or GRUB on a BIOS the kernel. */
  readonly loader: BootLoader | undefined;
}

const FIRST = 'EFI/BOOT/BOOTX64.EFI';
const MENU = 'GRUB/GRUB.CFG';
/** Bytes of the first sector that a BIOS starts. */
const BOOT_CODE = 440;
const PROGRAM = /^efi\/.*\.efi$/i;
const UNKNOWN = { commandLine: undefined, loader: undefined };

/**
 * What starts a disk: a BIOS its first sector, UEFI the programs of its ESP. Reads command line and loader from an ESP,
 * where there is one: of a unified kernel image, which the firmware or a loader starts, or of GRUB's menu. Throws
 * `FAT_DAMAGED`.
 */
export async function readBoot(files: FatContent | undefined, firstSector: Uint8Array): Promise<DiskBoot> {
  const isBios = firstSector.subarray(0, BOOT_CODE).some((byte) => byte !== 0);
  const isUefi = (await files?.list())?.some(({ path }) => PROGRAM.test(path)) === true;
  const boot = isBios ? (isUefi ? 'both' : 'bios') : isUefi ? 'uefi' : 'none';
  return { boot, ...(files === undefined ? UNKNOWN : await readEsp(files)) };
}

async function readEsp(files: FatContent): Promise<Omit<DiskBoot, 'boot'>> {
  const first = await files.read(FIRST);
  const own = first === undefined ? undefined : commandLineOf(first);
  if (own !== undefined) return { commandLine: own, loader: undefined };
  const listed = await files.list();
  const unified = listed.find(({ path }) => /^efi\/linux\/[^/]+\.efi$/i.test(path));
  const commandLineOfUnified = unified === undefined ? undefined : commandLineOf(await unified.content());
  if (commandLineOfUnified !== undefined) {
    const isSystemd = listed.some(({ path }) => path.toLowerCase() === 'loader/loader.conf');
    return { commandLine: commandLineOfUnified, loader: isSystemd ? 'systemd-boot' : 'grub' };
  }
  const menu = (await files.read(MENU))?.toString('latin1');
  const words = menu === undefined ? undefined : /^\s*linux\s+\S+\s+(.*)$/m.exec(menu)?.[1];
  const commandLine = words === undefined ? undefined : parseGrubWords(words);
  return { commandLine, loader: first === undefined ? undefined : 'grub' };
}

function commandLineOf(program: Buffer): string | undefined {
  return readSection(program, '.cmdline')
    ?.toString()
    .replace(/[\0\n]+$/, '');
}

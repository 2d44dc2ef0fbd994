import type { BootLoader } from '../domain/image-config/disk.ts';
import type { FatContent } from '../formats/fat/index.ts';
import { readSection } from '../formats/pe/index.ts';

/** How a disk starts, as its ESP tells. */
export interface DiskBoot {
  /** Of the kernel; undefined where the ESP does not tell. */
  readonly commandLine: string | undefined;
  /** Undefined: the firmware starts a unified kernel image, or GRUB on a BIOS the kernel. */
  readonly loader: BootLoader | undefined;
}

const FIRST = 'EFI/BOOT/BOOTX64.EFI';
const MENU = 'GRUB/GRUB.CFG';
const UNKNOWN: DiskBoot = { commandLine: undefined, loader: undefined };

/**
 * Reads command line and loader from an ESP, where there is one: of a unified kernel image, which the firmware or
 * a loader starts, or of GRUB's menu. Throws `FAT_DAMAGED`.
 */
export async function readBoot(files: FatContent | undefined): Promise<DiskBoot> {
  if (files === undefined) return UNKNOWN;
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
  // Words that GRUB would take apart are in quotes.
  const commandLine = words?.replaceAll("'", '');
  return { commandLine, loader: first === undefined ? undefined : 'grub' };
}

function commandLineOf(program: Buffer): string | undefined {
  return readSection(program, '.cmdline')
    ?.toString()
    .replace(/[\0\n]+$/, '');
}

import type { ImageConfig } from './image.ts';
import type { BootLoader, ImageDisk } from './image-config/disk.ts';
import { imageIdentity } from './image-identity.ts';
import { rootArguments } from './image-mounts.ts';

/** Where kernel messages and logins appear: screen and first serial line. */
const CONSOLES = 'console=tty0 console=ttyS0,115200';

/** Kernel command line of a disk, whose root an initramfs mounts where the kernel cannot. */
export function diskCommandLine(config: ImageConfig, hasInitramfs = false): string {
  return words(
    ...rootArguments(config.disk, imageIdentity(config), hasInitramfs),
    CONSOLES,
    ...selinuxArguments(config),
    config.kernelArgs,
  );
}

/** As Azure Linux has them: `enforcing=1` holds whatever /etc/selinux/config says. */
function selinuxArguments({ selinux: { mode } }: ImageConfig): string[] {
  if (mode === 'disabled') return [];
  return ['security=selinux', 'selinux=1', ...(mode === 'force-enforcing' ? ['enforcing=1'] : [])];
}

/** What is in the ESP of a disk for UEFI; a disk that is made for a BIOS has a unified kernel image there. */
export function efiLoader({ boot, loader = 'uki' }: Pick<ImageDisk, 'boot' | 'loader'>): BootLoader {
  return boot === 'bios' ? 'uki' : loader;
}

/** Kernel command line of a live medium with a volume label. */
export function liveCommandLine(config: ImageConfig, label: string): string {
  return words(`distrokit.live=${label}`, CONSOLES, config.kernelArgs);
}

function words(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}

export interface GrubEntry {
  readonly title: string;
  readonly kernel: string;
  readonly commandLine: string;
  readonly initrd?: string;
}

/**
 * A grub.cfg that starts one entry, after a second in which Escape shows the menu, on screen and serial
 * line. A machine without one of them shows the other.
 */
export function grubConfig(entry: GrubEntry): string {
  return [
    'serial --unit=0 --speed=115200',
    'terminal_input console serial',
    'terminal_output console serial',
    'set timeout_style=hidden',
    'set timeout=1',
    grubMenuEntry(entry),
  ].join('\n');
}

/** An entry of a grub.cfg, with the end of its last line. */
export function grubMenuEntry({ title, kernel, commandLine, initrd }: GrubEntry): string {
  return [
    `menuentry '${title}' {`,
    `  linux ${kernel} ${commandWords(commandLine).map(grubWord).join(' ')}`,
    ...(initrd === undefined ? [] : [`  initrd ${initrd}`]),
    '}',
    '',
  ].join('\n');
}

/** The words of a command line, as the kernel takes them apart: `a="b c"` is one. */
export function splitCommandLine(commandLine: string): string[] {
  return commandLine.match(/(?:[^\s"]|"[^"]*")+/g) ?? [];
}

/** Without their quotes. */
function commandWords(commandLine: string): string[] {
  return splitCommandLine(commandLine).map((word) => word.replaceAll('"', ''));
}

/** The command line that `grubMenuEntry` wrote behind the kernel. */
export function parseGrubWords(text: string): string {
  const words = text.match(/(?:[^\s']|'[^']*')+/g) ?? [];
  return words
    .map((word) => word.replaceAll("'", ''))
    .map((word) => (word.includes(' ') ? word.replace(/^([^=]*=)(.*)$/, '$1"$2"') : word))
    .join(' ');
}

/**
 * The configuration lets no quotes or backslashes through. GRUB puts double quotes around a word with spaces when
 * it tells the kernel, which takes them so; others it would escape, which the kernel does not take.
 */
function grubWord(word: string): string {
  return /^[\w=,.:/@%+-]*$/.test(word) ? word : `'${word}'`;
}

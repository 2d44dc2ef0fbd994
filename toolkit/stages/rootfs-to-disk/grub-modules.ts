import { GRUB_BIOS, type Rootfs } from '../../domain/image-rootfs.ts';
import type { Step } from '../../domain/image-steps.ts';
import { IN, WORK } from './places.ts';

/** What GRUB has to have in it for menus and for starting Linux. */
export const GRUB_MENU_MODULES = [
  ...(['normal', 'linux', 'serial', 'terminal', 'echo', 'test', 'boot', 'ls', 'cat'] as const),
] as const;

/** Unpacks the modules in a folder of the image into `WORK`, where it has them. */
export function unpackModules(rootfs: Rootfs, folder: string): Step[] {
  const isOwn = folder === GRUB_BIOS ? rootfs.hasGrubBios : rootfs.hasGrubEfi;
  return isOwn ? [{ argv: ['tar', '-xf', `${IN}/rootfs.tar`, '-C', WORK, folder.slice(1)] }] : [];
}

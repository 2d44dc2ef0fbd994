import { mbrNumber } from '../../domain/disk.ts';
import { usageError } from '../../domain/errors.ts';
import { grubConfig } from '../../domain/image-boot.ts';
import type { FileSystem } from '../../domain/image-config/disk.ts';
import { type BootKernel, GRUB_BIOS, OWN_INITRAMFS, type Rootfs } from '../../domain/image-rootfs.ts';
import type { Step } from '../../domain/image-steps.ts';
import type { ImageLayout, Volume } from '../../domain/layout.ts';
import type { BootPlan, BootRequest } from './boot-plan.ts';
import { planEfiBoot } from './efi-boot.ts';
import { GRUB_MENU_MODULES, unpackModules } from './grub-modules.ts';
import { IN, INITRD, WORK } from './places.ts';

/** GRUB's modules by what they read; that of squashfs does not know zstd, nor is there one of erofs. */
const GRUB_FILE_SYSTEMS: Partial<Record<FileSystem, string>> = {
  ...{ ext2: 'ext2', ext3: 'ext2', ext4: 'ext2', vfat: 'fat', fat16: 'fat', fat32: 'fat' },
  ...{ xfs: 'xfs', btrfs: 'btrfs' },
};

/**
 * What starts a disk: by UEFI where it has an ESP, and by GRUB where a BIOS starts it. GRUB finds kernel and menu
 * in the ESP; without one, the menu is in its core image and the kernel where the image has it, with the initramfs beside
 * it. Throws `IMAGE_BOOT` where GRUB cannot read that, or there is no place for an initramfs.
 */
export function planBoot(layout: ImageLayout, request: BootRequest): BootPlan {
  const { esp, bios } = layout;
  const { title, commandLine, rootfs, kernel, name, loader, certificate, hasInitrd, isBesideKernel } =
    request;
  const ownKernel = esp === undefined && bios !== undefined ? kernelPlace(name, layout, kernel) : undefined;
  if (hasInitrd && ownKernel !== undefined && !isBesideKernel) {
    throw usageError(
      'IMAGE_BOOT',
      `${name}: the root wants an initramfs, and there is no ESP that could hold it`,
      {
        hint: 'Add a partition with the flag esp.',
      },
    );
  }
  const menu = grubConfig({
    ...{ title, kernel: ownKernel?.path ?? '/vmlinuz', commandLine },
    ...(hasInitrd ? { initrd: ownKernel?.initrd ?? `/${INITRD}` } : {}),
  });
  const efi = esp === undefined ? undefined : planEfiBoot(layout, request);
  const core = bios === undefined ? [] : grubCore(layout, rootfs, ownKernel?.volume);
  const needsMenu = bios !== undefined || (loader === 'grub' && certificate === undefined);
  const menuFiles = [
    [`${WORK}/grub.cfg`, '/grub/grub.cfg'],
    [`${IN}/vmlinuz`, '/vmlinuz'],
    ...(hasInitrd ? [[`${IN}/${INITRD}`, `/${INITRD}`] as const] : []),
  ] as const;
  return {
    texts: {
      'grub.cfg': ownKernel === undefined ? menu : `${findVolume(ownKernel.volume)}${menu}`,
      ...efi?.texts,
    },
    steps: [...(efi?.steps ?? []), ...core],
    signings: efi?.signings ?? [],
    espFiles: efi === undefined ? [] : [...efi.espFiles, ...(needsMenu ? menuFiles : [])],
  };
}

/** `kernelVolume` is where the kernel is, when it is not in the ESP. */
function grubCore(
  { table, esp, disk }: ImageLayout,
  rootfs: Rootfs,
  kernelVolume: Volume | undefined,
): Step[] {
  const env = { SOURCE_DATE_EPOCH: String(rootfs.epoch) };
  const folder = rootfs.hasGrubBios ? `${WORK}${GRUB_BIOS}` : GRUB_BIOS;
  const menu: Step = {
    argv: [
      ...(['tar', '--format=ustar', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'] as const),
      ...['--mode=0644', '--transform=s,^,boot/grub/,', '-cf', `${WORK}/menu.tar`, '-C', WORK, 'grub.cfg'],
    ],
  };
  const [tableModule, tableName] = table === 'gpt' ? ['part_gpt', 'gpt'] : ['part_msdos', 'msdos'];
  const number =
    esp === undefined || table === 'gpt' ? esp?.number : mbrNumber(esp.number - 1, disk.partitions.length);
  // A prefix with a partition but no disk means the disk that GRUB was started from.
  const prefix = kernelVolume === undefined ? `(,${tableName}${number})/grub` : '(memdisk)/boot/grub';
  const fileSystem = GRUB_FILE_SYSTEMS[kernelVolume?.partition.fileSystem ?? 'fat32']!;
  const more = kernelVolume === undefined ? [] : ['memdisk', 'tar', 'search', 'search_fs_uuid'];
  return [
    ...unpackModules(rootfs, GRUB_BIOS),
    ...(kernelVolume === undefined ? [] : [menu]),
    {
      argv: [
        ...(['grub-mkimage', '-O', 'i386-pc', '-d', folder, '-p', prefix] as const),
        ...(kernelVolume === undefined ? [] : ['-m', `${WORK}/menu.tar`]),
        ...['-o', `${WORK}/core.img`, 'biosdisk', tableModule, fileSystem, ...GRUB_MENU_MODULES, ...more],
      ],
      env,
    },
    { argv: ['cp', `${folder}/boot.img`, `${WORK}/boot.img`] },
  ];
}

function kernelPlace(
  name: string,
  { volumes, containers }: ImageLayout,
  { release }: BootKernel,
): { readonly volume: Volume; readonly path: string; readonly initrd: string } {
  const whole = `/boot/vmlinuz-${release}`;
  const isAbove = ({ partition: { mount } }: Volume): boolean =>
    mount !== undefined && (mount === '/' || whole.startsWith(`${mount}/`));
  const volume = volumes
    .filter(isAbove)
    .reduce((a, b) => (a.partition.mount!.length > b.partition.mount!.length ? a : b));
  const { mount, fileSystem, id } = volume.partition;
  const hint = "Add a partition with the flag esp, or one of ext4 that is mounted at '/boot'.";
  if (containers.some(({ number }) => number === volume.number)) {
    const what = `${name}: GRUB cannot open the encrypted '${id}', and the kernel is in it`;
    throw usageError('IMAGE_BOOT', what, { hint });
  }
  if (GRUB_FILE_SYSTEMS[fileSystem!] === undefined) {
    throw usageError(
      'IMAGE_BOOT',
      `${name}: GRUB cannot read the kernel in '${id}', which is ${fileSystem}`,
      { hint },
    );
  }
  const inVolume = (path: string): string => (mount === '/' ? path : path.slice(mount!.length));
  return { volume, path: inVolume(whole), initrd: inVolume(OWN_INITRAMFS) };
}

function findVolume({ uuid }: Volume): string {
  return `search --no-floppy --fs-uuid --set=root ${uuid}\n`;
}

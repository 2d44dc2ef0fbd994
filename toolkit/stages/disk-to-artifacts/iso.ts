import { type GrubEntry, grubConfig, grubMenuEntry, liveCommandLine } from '../../domain/image-boot.ts';
import type { Step } from '../../domain/image-steps.ts';
import { squash } from '../../domain/read-only-tree.ts';
import { planInstallerMedium } from './installer.ts';
import { isoRootfs, livePartsOf } from './live.ts';
import { mediumInputs, mediumPaths } from './medium-files.ts';
import { IN, type StepInput, WORK } from './steps.ts';
import type { ArtifactsRequest } from './types.ts';

const BIOS = '/usr/lib/grub/i386-pc';
const EFI = '/usr/lib/grub/x86_64-efi';
const COMMON_MODULES = [
  ...['iso9660', 'part_gpt', 'part_msdos', 'search', 'search_label', 'normal', 'linux', 'serial', 'terminal'],
  ...['echo', 'test', 'boot', 'ls', 'cat'],
];
/** Tells an unattended installer to erase what it installed before (specs/distrokit-installer/console). */
const INSTALL_AGAIN = 'distrokit.install=again';
/** An installer leaves the machine's disks alone until it is told which. */
const KEEPS_NOTHING = 'distrokit.data=none';
/** KiB of the FAT file system that UEFI starts from. */
const ESP_KIB = 4096;

export interface IsoPlan {
  /** Beside `rootfs.tar`. */
  readonly inputs: readonly StepInput[];
  /** Small files of the steps, by name in `WORK`. */
  readonly texts: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

/**
 * A live medium: `/live/root.squashfs` of the root file system, kernel and initramfs, started by GRUB from
 * BIOS and UEFI, as CD and as disk; of an installer the same of its own system, and all that it installs. The
 * steps expect `initrd.cpio` in `WORK` and leave `image.iso` there.
 */
export function planIso(request: ArtifactsRequest): IsoPlan {
  const { config } = request;
  const rootfs = isoRootfs(request);
  const { kernel, identity } = livePartsOf({ config, rootfs });
  const installer = planInstallerMedium(request);
  const files = request.mediumFiles ?? [];
  const label = identity.isoLabel;
  const menu = {
    title: `${config.name} ${config.version} (${installer === undefined ? 'live' : 'install'})`,
    kernel: '/boot/vmlinuz',
    commandLine: `${liveCommandLine(config, label)}${installer === undefined ? '' : ` ${KEEPS_NOTHING}`}`,
    initrd: '/boot/initrd.img',
  };
  const early = [`search --no-floppy --label --set=root ${label}`, 'set prefix=($root)/boot/grub', ''].join(
    '\n',
  );
  return {
    inputs: [{ name: 'vmlinuz', digest: kernel.image }, ...mediumInputs(files), ...(installer?.inputs ?? [])],
    texts: {
      'grub.cfg': `${grubConfig(menu)}${installer === undefined ? '' : grubMenuEntry(installAgain(menu))}`,
      ...{ 'early.cfg': early, label: `${label}\n`, ...installer?.texts },
    },
    steps: [
      squash(rootfs.epoch, rootfs.top, { tar: `${IN}/rootfs.tar`, output: `${WORK}/root.squashfs` }),
      { argv: ['zstd', '-q', '-9', '-T1', '--no-check', '-o', `${WORK}/initrd.img`, `${WORK}/initrd.cpio`] },
      ...bootPrograms(rootfs.epoch),
      ...efiFileSystem(identity.isoEspSerial, rootfs.epoch),
      ...(installer?.steps ?? []),
      writeIso(label, identity.iso, rootfs.epoch, [...mediumPaths(files), ...(installer?.files ?? [])]),
    ],
  };
}

function installAgain(menu: GrubEntry): GrubEntry {
  return {
    ...menu,
    title: `${menu.title} again, over the same installation`,
    commandLine: `${menu.commandLine} ${INSTALL_AGAIN}`,
  };
}

function bootPrograms(epoch: number): Step[] {
  const env = { SOURCE_DATE_EPOCH: String(epoch) };
  const make = (format: string, folder: string, output: string, modules: readonly string[]): Step => ({
    argv: [
      ...(['grub-mkimage', '-O', format, '-d', folder, '-p', '/boot/grub'] as const),
      ...['-c', `${WORK}/early.cfg`, '-o', `${WORK}/${output}`, ...modules],
    ],
    env,
  });
  return [
    make('i386-pc-eltorito', BIOS, 'eltorito.img', ['biosdisk', ...COMMON_MODULES]),
    make('x86_64-efi', EFI, 'bootx64.efi', ['fat', ...COMMON_MODULES]),
  ];
}

function efiFileSystem(serial: string, epoch: number): Step[] {
  const env = { SOURCE_DATE_EPOCH: String(epoch), TZ: 'UTC', MTOOLS_SKIP_CHECK: '1' };
  const image = `${WORK}/efi.img`;
  const geometry = ['-T', String(ESP_KIB * 2), '-h', '2', '-s', '32'];
  return [
    { argv: ['truncate', '-s', `${ESP_KIB}K`, image] },
    { argv: ['mformat', '-i', image, '-N', serial, '-v', 'ESP', ...geometry, '::'], env },
    { argv: ['mmd', '-i', image, '::/EFI', '::/EFI/BOOT'], env },
    { argv: ['mcopy', '-i', image, `${WORK}/bootx64.efi`, '::/EFI/BOOT/BOOTX64.EFI'], env },
  ];
}

function writeIso(
  label: string,
  guid: string,
  epoch: number,
  others: readonly (readonly [inside: string, outside: string])[],
): Step {
  const date = isoDate(epoch);
  const files = [
    ['/boot/grub/grub.cfg', `${WORK}/grub.cfg`],
    ['/boot/grub/i386-pc/eltorito.img', `${WORK}/eltorito.img`],
    ['/boot/initrd.img', `${WORK}/initrd.img`],
    ['/boot/vmlinuz', `${IN}/vmlinuz`],
    ['/live/label', `${WORK}/label`],
    ['/live/root.squashfs', `${WORK}/root.squashfs`],
    ...others,
  ];
  // Names of packages may be longer than Joliet's 64 letters.
  const longNames = others.length === 0 ? [] : ['-joliet-long'];
  return {
    argv: [
      ...(['xorriso', '-as', 'mkisofs', '-quiet', '-r', '-J', '-V', label] as const),
      ...longNames,
      ...['-o', `${WORK}/image.iso`, '-partition_offset', '16', '--grub2-mbr', `${BIOS}/boot_hybrid.img`],
      ...[
        '--modification-date=' + date,
        '--set_all_file_dates',
        date,
        '--gpt_disk_guid',
        guid.replaceAll('-', ''),
      ],
      ...[
        '-iso_mbr_part_type',
        '0x83',
        '-appended_part_as_gpt',
        '-append_partition',
        '2',
        '0xef',
        `${WORK}/efi.img`,
      ],
      ...[
        '-c',
        'boot/boot.cat',
        '-b',
        'boot/grub/i386-pc/eltorito.img',
        '-no-emul-boot',
        '-boot-load-size',
        '4',
      ],
      ...['-boot-info-table', '--grub2-boot-info', '-eltorito-alt-boot'],
      ...['-e', '--interval:appended_partition_2:all::', '-no-emul-boot', '-graft-points'],
      ...files.map(([inside, outside]) => `${inside}=${outside}`),
    ],
    env: { SOURCE_DATE_EPOCH: String(epoch), TZ: 'UTC' },
  };
}

/** `YYYYMMDDhhmmsscc` in UTC. */
function isoDate(epoch: number): string {
  return `${new Date(epoch * 1000).toISOString().replace(/\D/g, '').slice(0, 14)}00`;
}

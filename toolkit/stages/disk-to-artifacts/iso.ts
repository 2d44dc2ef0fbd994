import type { PartitionNames } from '../../domain/fstab.ts';
import { type GrubEntry, grubConfig, grubMenuEntry, liveCommandLine } from '../../domain/image-boot.ts';
import { GRUB_BIOS as BIOS } from '../../domain/image-rootfs.ts';
import type { Step } from '../../domain/image-steps.ts';
import { partitionNames } from '../../domain/live-mounts.ts';
import { squash } from '../../domain/read-only-tree.ts';
import { planInstallerMedium } from './installer.ts';
import { planIsoEfi } from './iso-efi.ts';
import { isoRootfs, livePartsOf } from './live.ts';
import { mediumInputs, mediumPaths } from './medium-files.ts';
import { IN, type StepInput, WORK } from './steps.ts';
import type { ArtifactsRequest } from './types.ts';

const COMMON_MODULES = [
  ...['iso9660', 'part_gpt', 'part_msdos', 'search', 'search_label', 'normal', 'linux', 'serial', 'terminal'],
  ...['echo', 'test', 'boot', 'ls', 'cat'],
];
/** Tells an unattended installer to erase what it installed before (specs/distrokit-installer/console). */
const INSTALL_AGAIN = 'distrokit.install=again';
/** An installer leaves the machine's disks alone until it is told which. */
const KEEPS_NOTHING = 'distrokit.data=none';

type MediumFile = readonly [inside: string, outside: string];
const ROOT: MediumFile = ['/live/root.squashfs', `${WORK}/root.squashfs`];

export interface IsoPlan {
  /** Partitions that the live system's fstab is not to name. */
  readonly hidden: readonly PartitionNames[];
  readonly inputs: readonly StepInput[];
  /** Small files of the steps, by name in `WORK`. */
  readonly texts: Readonly<Record<string, string>>;
  /** Makes the root file system: of `live.tar` in `WORK` `root.squashfs`. */
  readonly squash: Step;
  /** Whether that goes into the initramfs, and the system runs from memory. */
  readonly isInMemory: boolean;
  /** What makes the programs that start it. */
  readonly programSteps: readonly Step[];
  /** Programs in `WORK` that are signed then, each into the file that `signedName` calls; none without a key. */
  readonly signings: readonly string[];
  /** Who they are signed by: base64 of DER. */
  readonly certificate: string | null;
  readonly steps: readonly Step[];
}

/**
 * A live medium: `/live/root.squashfs` of the root file system, kernel and initramfs, started by GRUB from
 * BIOS and UEFI, as CD and as disk; of an installer the same of its own system, and all that it installs. With a key
 * UEFI starts what is signed by it. The steps expect `initrd.cpio` and `root.squashfs` in `WORK` and leave `image.iso` there.
 */
export function planIso(request: ArtifactsRequest): IsoPlan {
  const { config, efiSigner } = request;
  const rootfs = isoRootfs(request);
  const { kernel, live, identity } = livePartsOf({ config, rootfs });
  const installer = planInstallerMedium(request);
  const files = request.mediumFiles ?? [];
  const isInMemory = installer === undefined && config.liveRoot === 'memory';
  const label = identity.isoLabel;
  const product = `${config.name} ${config.version}`;
  const purpose = installer === undefined ? 'live' : 'install';
  const menu = {
    title: `${product} (${purpose})`,
    kernel: '/boot/vmlinuz',
    commandLine: `${liveCommandLine(config, label)}${installer === undefined ? '' : ` ${KEEPS_NOTHING}`}`,
    initrd: '/boot/initrd.img',
  };
  const early = [`search --no-floppy --label --set=root ${label}`, 'set prefix=($root)/boot/grub', ''].join(
    '\n',
  );
  const efi = planIsoEfi({
    product,
    entries: [
      { ...menu, title: purpose },
      ...(installer === undefined ? [] : [installAgain({ ...menu, title: purpose })]),
    ],
    release: kernel.release,
    kernelBytes: kernel.image.size + live.busybox.size + live.init.size,
    ...{ modules: COMMON_MODULES, serial: identity.isoEspSerial, epoch: rootfs.epoch },
    isSigned: efiSigner !== undefined,
  });
  return {
    // That of an installer is of no disk.
    hidden: installer === undefined ? partitionNames(config) : [],
    inputs: [{ name: 'vmlinuz', digest: kernel.image }, ...mediumInputs(files), ...(installer?.inputs ?? [])],
    texts: {
      'grub.cfg': `${grubConfig(menu)}${installer === undefined ? '' : grubMenuEntry(installAgain(menu))}`,
      ...{ 'early.cfg': early, label: `${label}\n`, ...efi.texts, ...installer?.texts },
    },
    squash: squash(rootfs.epoch, rootfs.top, { tar: `${WORK}/live.tar`, output: `${WORK}/root.squashfs` }),
    isInMemory,
    programSteps: [
      isInMemory
        ? // What is most of it is packed already.
          { argv: ['mv', `${WORK}/initrd.cpio`, `${WORK}/initrd.img`] }
        : {
            argv: [
              'zstd',
              '-q',
              '-9',
              '-T1',
              '--no-check',
              '-o',
              `${WORK}/initrd.img`,
              `${WORK}/initrd.cpio`,
            ],
          },
      biosProgram(rootfs.epoch),
      ...efi.programSteps,
    ],
    signings: efi.signings,
    certificate: efiSigner === undefined ? null : Buffer.from(efiSigner.certificate).toString('base64'),
    steps: [
      ...efi.steps,
      ...(installer?.steps ?? []),
      writeIso(label, identity.iso, rootfs.epoch, isInMemory ? [] : [ROOT], [
        ...mediumPaths(files),
        ...(installer?.files ?? []),
      ]),
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

function biosProgram(epoch: number): Step {
  return {
    argv: [
      ...(['grub-mkimage', '-O', 'i386-pc-eltorito', '-d', BIOS, '-p', '/boot/grub'] as const),
      ...['-c', `${WORK}/early.cfg`, '-o', `${WORK}/eltorito.img`, 'biosdisk', ...COMMON_MODULES],
    ],
    env: { SOURCE_DATE_EPOCH: String(epoch) },
  };
}

function writeIso(
  label: string,
  guid: string,
  epoch: number,
  roots: readonly MediumFile[],
  others: readonly MediumFile[],
): Step {
  const date = isoDate(epoch);
  const files = [
    ['/boot/grub/grub.cfg', `${WORK}/grub.cfg`],
    ['/boot/grub/i386-pc/eltorito.img', `${WORK}/eltorito.img`],
    ['/boot/initrd.img', `${WORK}/initrd.img`],
    ['/boot/vmlinuz', `${IN}/vmlinuz`],
    ['/live/label', `${WORK}/label`],
    ...roots,
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

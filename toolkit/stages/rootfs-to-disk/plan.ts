import { actionKey, type KeyPart } from '../../domain/action-key.ts';
import { usageError } from '../../domain/errors.ts';
import { diskCommandLine, grubConfig } from '../../domain/image-boot.ts';
import { type ImageIdentity, imageIdentity } from '../../domain/image-identity.ts';
import { type BootKernel, GRUB_BIOS, type Rootfs } from '../../domain/image-rootfs.ts';
import type { Step } from '../../domain/image-steps.ts';
import { type ImageLayout, planLayout } from '../../domain/layout.ts';
import type { DiskPlan, DiskRequest, RootOptions } from './types.ts';

/** Writable folder of the steps, with the disk in it. */
export const WORK = '/run/distrokit/work';
/** Stored content, read-only. */
export const IN = '/run/distrokit/in';

const DISK = `${WORK}/disk.raw`;
/** The tools root's, for an image that has no stub of its own. */
const EFI_STUB = '/usr/lib/systemd/boot/efi/linuxx64.efi.stub';
const GRUB_MODULES = [
  'biosdisk',
  'part_gpt',
  'fat',
  'normal',
  'linux',
  'serial',
  'terminal',
  'echo',
  'test',
  'boot',
  'ls',
  'cat',
];

/**
 * Everything that writing the disk will do, and the key of it. Pure. Throws `IMAGE_NO_KERNEL` for a root file
 * system without a kernel, and `IMAGE_TOO_LARGE`.
 */
export function planDisk({ config, rootfs, tools, program }: DiskRequest): DiskPlan {
  const { kernel } = rootfs;
  if (kernel === undefined) {
    throw usageError('IMAGE_NO_KERNEL', `${config.name}: a disk without a kernel cannot start`, {
      hint: "Add 'kernel' to the configuration's packages, or ask only for formats without one: tar.gz, oci, squashfs, erofs.",
    });
  }
  const identity = imageIdentity(config);
  const layout = planLayout(config, identity, rootfs.size, kernel.image.size);
  const commandLine = diskCommandLine(config, identity.rootPartition);
  const title = `${config.name} ${config.version}`;
  const texts = {
    'grub.cfg': grubConfig({ title, kernel: '/vmlinuz', commandLine }),
  };
  const steps = [...bootPrograms(layout, rootfs, kernel, commandLine), ...fillEsp(layout, identity, rootfs)];
  const root = rootOptions(layout, identity, rootfs);
  const inputs = [
    { name: 'rootfs.tar', digest: rootfs.tar },
    { name: 'manifest', digest: rootfs.manifest },
    { name: 'vmlinuz', digest: kernel.image },
    ...(rootfs.osRelease === undefined ? [] : [{ name: 'os-release', digest: rootfs.osRelease }]),
    ...(rootfs.efiStub === undefined ? [] : [{ name: 'efi-stub', digest: rootfs.efiStub }]),
  ];
  const key = actionKey('disk/3', {
    tools: tools.key,
    program: program.key,
    inputs: inputs.map(({ name, digest }) => [name, digest.sha256]),
    texts,
    steps: steps as unknown as KeyPart,
    root: { ...root },
    layout: layoutKey(layout),
  });
  return { key, layout, inputs, texts, steps, root };
}

function layoutKey({ disk }: ImageLayout): KeyPart {
  return {
    ...disk,
    partitions: disk.partitions.map((partition) => ({
      ...partition,
      attributes: String(partition.attributes),
    })),
  };
}

function rootOptions({ root }: ImageLayout, identity: ImageIdentity, { epoch }: Rootfs): RootOptions {
  return {
    size: root.size,
    inodes: root.inodes,
    journalMib: root.journalMib,
    uuid: identity.rootFileSystem,
    hashSeed: identity.rootHashSeed,
    label: 'root',
    epoch,
    reservedPercent: 1,
  };
}

function bootPrograms(layout: ImageLayout, rootfs: Rootfs, kernel: BootKernel, commandLine: string): Step[] {
  const env = { SOURCE_DATE_EPOCH: String(rootfs.epoch) };
  const release = rootfs.osRelease === undefined ? [] : [`--os-release=@${IN}/os-release`];
  const uki: Step = {
    argv: [
      ...([
        'ukify',
        'build',
        `--stub=${rootfs.efiStub === undefined ? EFI_STUB : `${IN}/efi-stub`}`,
        `--linux=${IN}/vmlinuz`,
        `--cmdline=${commandLine}`,
      ] as const),
      ...[`--uname=${kernel.release}`, ...release, `--output=${WORK}/uki.efi`],
    ],
    env,
  };
  if (layout.bios === undefined) return [uki];
  const modules = rootfs.hasGrubBios ? `${WORK}${GRUB_BIOS}` : GRUB_BIOS;
  const unpack: Step = { argv: ['tar', '-xf', `${IN}/rootfs.tar`, '-C', WORK, GRUB_BIOS.slice(1)] };
  // A prefix with a partition but no disk means the disk that GRUB was started from.
  const prefix = `(,gpt${layout.esp.number})/grub`;
  return [
    uki,
    ...(rootfs.hasGrubBios ? [unpack] : []),
    {
      argv: [
        'grub-mkimage',
        '-O',
        'i386-pc',
        '-d',
        modules,
        '-p',
        prefix,
        '-o',
        `${WORK}/core.img`,
        ...GRUB_MODULES,
      ],
      env,
    },
    { argv: ['cp', `${modules}/boot.img`, `${WORK}/boot.img`] },
  ];
}

function fillEsp({ bios, esp }: ImageLayout, identity: ImageIdentity, rootfs: Rootfs): Step[] {
  const env = { SOURCE_DATE_EPOCH: String(rootfs.epoch), TZ: 'UTC', MTOOLS_SKIP_CHECK: '1' };
  const drive = `${DISK}@@${esp.offset}`;
  const files = [
    [`${WORK}/uki.efi`, '::/EFI/BOOT/BOOTX64.EFI'],
    ...(bios === undefined
      ? []
      : [
          [`${WORK}/grub.cfg`, '::/grub/grub.cfg'],
          [`${IN}/vmlinuz`, '::/vmlinuz'],
        ]),
  ];
  const folders = ['::/EFI', '::/EFI/BOOT', ...(bios === undefined ? [] : ['::/grub'])];
  const geometry = [
    '-T',
    String(esp.size / 512),
    '-H',
    String(esp.offset / 512),
    '-h',
    '255',
    '-s',
    '63',
    '-c',
    '1',
  ];
  return [
    { argv: ['mformat', '-i', drive, '-F', '-N', identity.espSerial, '-v', 'ESP', ...geometry, '::'], env },
    { argv: ['mmd', '-i', drive, ...folders], env },
    ...files.map(([from, to]): Step => ({ argv: ['mcopy', '-i', drive, from!, to!], env })),
  ];
}

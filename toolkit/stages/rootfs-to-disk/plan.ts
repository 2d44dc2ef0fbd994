import { actionKey, type KeyPart } from '../../domain/action-key.ts';
import type { FileDigest } from '../../domain/digest.ts';
import { usageError } from '../../domain/errors.ts';
import type { ImageConfig } from '../../domain/image.ts';
import { diskCommandLine, efiLoader } from '../../domain/image-boot.ts';
import { type ImageIdentity, imageIdentity } from '../../domain/image-identity.ts';
import { diskPartitions, isExt, isFat } from '../../domain/image-partitions.ts';
import { type BootKernel, OWN_INITRAMFS, type Rootfs } from '../../domain/image-rootfs.ts';
import { type ImageLayout, planLayout, type Volume } from '../../domain/layout.ts';
import type { ManifestEntry } from '../../domain/manifest.ts';
import type { Ext4Options } from '../../formats/ext4/index.ts';
import type { BootPlan } from './boot-plan.ts';
import { planBoot } from './boot-steps.ts';
import { btrfsOptions } from './btrfs.ts';
import { fatSteps } from './fat-steps.ts';
import { liesBesideKernel } from './initramfs/beside-kernel.ts';
import { IN, INITRD } from './places.ts';
import { placeBinaries, type ReadBinary } from './raw-binaries.ts';
import { readOnlyStep, readOnlyVolumes } from './read-only.ts';
import type { BootSteps, DiskPlan, DiskRequest } from './types.ts';
import { emptyTree, entriesSize, type VolumeTree } from './volume-trees.ts';
import { xfsOptions } from './xfs.ts';

const NOTHING = { entries: 0, bytes: 0, blocks: 0 };

/**
 * Everything that writing the disk will do, and the key of it. `trees` is what each mount point gets; undefined: the
 * root gets everything. `binaries` are those of the configuration, `initrd` is the initramfs of a root that the kernel
 * cannot mount by itself. Pure.
 * Throws `IMAGE_NO_KERNEL` for a root file system without a kernel, and what `planLayout`, `planBoot`, `fatSteps` and
 * `placeBinaries` throw.
 */
export function planDisk(
  { config, rootfs, tools, program, efiSigner, forInstaller = false, otherMounts = [] }: DiskRequest,
  trees: ReadonlyMap<string, VolumeTree> | undefined,
  binaries: readonly ReadBinary[] = [],
  initrd?: FileDigest,
): DiskPlan {
  const kernel = startedKernel(config, rootfs);
  const identity = imageIdentity(config);
  const entriesOf = (mount: string | undefined): readonly ManifestEntry[] | undefined =>
    trees?.get(mount ?? '')?.entries;
  const contentOf = ({ mount }: { readonly mount: string | undefined }) => {
    const entries = entriesOf(mount);
    const size = entries === undefined ? (mount === '/' ? rootfs.size : NOTHING) : entriesSize(entries);
    // An installer unpacks files without their holes.
    return config.installer === undefined ? size : { ...size, holes: 0 };
  };
  const layout = planLayout(config, identity, contentOf, (kernel?.image.size ?? 0) + (initrd?.size ?? 0));
  const isBesideKernel = initrd !== undefined && liesBesideKernel(config);
  const placed = placeBinaries(config.name, layout, diskPartitions(config.disk), binaries);
  const bootBy = (commandLine: string): BootPlan => {
    if (kernel === undefined) return { texts: {}, steps: [], signings: [], espFiles: [] };
    return planBoot(layout, {
      ...{ name: config.name, title: `${config.name} ${config.version}`, rootfs, kernel },
      unifiedName: `${config.name}-${config.version}`,
      commandLine,
      hasInitrd: initrd !== undefined,
      isBesideKernel,
      loader: efiLoader(config.disk),
      certificate: efiSigner?.certificate,
    });
  };
  const startedBy = (commandLine: string): BootSteps => {
    const { espFiles, steps, ...boot } = bootBy(commandLine);
    const fats = layout.volumes.filter(({ partition }) => isFat(partition.fileSystem));
    const fatsOf = fats.flatMap((volume) => {
      const isBoot = isBesideKernel && volume.partition.mount === '/boot';
      const beside = isBoot ? [[`${IN}/${INITRD}`, OWN_INITRAMFS.slice('/boot'.length)] as const] : [];
      const files = volume.number === layout.esp?.number ? espFiles : beside;
      return fatSteps(volume, { entries: entriesOf(volume.partition.mount) ?? [], files }, rootfs.epoch);
    });
    return { ...boot, bootSteps: steps, steps: fatsOf };
  };
  const commandLine = diskCommandLine(config, initrd !== undefined);
  const boot = startedBy(commandLine);
  const treeSteps = readOnlyVolumes(layout).map((volume) => {
    const [top] = entriesOf(volume.partition.mount) ?? emptyTree(rootfs.epoch).entries;
    return readOnlyStep(volume, top!, rootfs.epoch);
  });
  const inputs = [
    { name: 'manifest', digest: rootfs.manifest },
    ...(kernel === undefined ? [] : [{ name: 'vmlinuz', digest: kernel.image }]),
    ...(initrd === undefined ? [] : [{ name: INITRD, digest: initrd }]),
    ...(rootfs.osRelease === undefined ? [] : [{ name: 'os-release', digest: rootfs.osRelease }]),
    ...(rootfs.efiStub === undefined ? [] : [{ name: 'efi-stub', digest: rootfs.efiStub }]),
    ...(rootfs.systemdBoot === undefined ? [] : [{ name: 'systemd-boot', digest: rootfs.systemdBoot }]),
  ];
  const ext = new Map(
    layout.volumes
      .filter(({ partition }) => isExt(partition.fileSystem))
      .map((volume) => [volume, extOptions(volume, identity, rootfs.epoch)]),
  );
  const btrfs = btrfsOptions(layout.volumes, identity, rootfs.epoch);
  const xfs = xfsOptions(layout.volumes, rootfs.epoch);
  const key = actionKey('disk/7', {
    tools: tools.key,
    program: program.key,
    inputs: inputs.map(({ name, digest }) => [name, digest.sha256]),
    texts: boot.texts,
    steps: [boot.bootSteps, [...boot.steps, ...treeSteps]] as unknown as KeyPart,
    signings: boot.signings as unknown as KeyPart,
    // The key is the one of the certificate, and signs the same always.
    certificate: efiSigner === undefined ? null : Buffer.from(efiSigner.certificate).toString('base64'),
    ext: [...ext.values()].map((options) => ({ ...options }) as unknown as KeyPart),
    ...(btrfs.size === 0 ? {} : { btrfs: [...btrfs.values()].map((options) => ({ ...options }) as KeyPart) }),
    ...(xfs.size === 0 ? {} : { xfs: [...xfs.values()].map((options) => ({ ...options }) as KeyPart) }),
    layout: layoutKey(layout),
    ...(placed.length === 0
      ? {}
      : { rawBinaries: placed.map(({ offset, digest }) => [offset, digest.sha256]) }),
    ...(forInstaller ? { forInstaller } : {}),
    ...(otherMounts.length === 0 ? {} : { otherMounts: [...otherMounts] }),
    // The passphrase is no part of it, not as a digest either: such a disk is made anew each time.
    ...(config.disk.encryption === undefined ? {} : { encryption: config.disk.encryption.type }),
    ...(config.disk.verity === undefined ? {} : { verity: { ...config.disk.verity } as KeyPart }),
    ...(config.disk.usrVerity === undefined ? {} : { usrVerity: { ...config.disk.usrVerity } as KeyPart }),
  });
  return { key, layout, inputs, boot, treeSteps, ext, btrfs, xfs, binaries: placed, commandLine, startedBy };
}

/** Undefined where nothing starts the disk. */
function startedKernel({ name, disk }: ImageConfig, { kernel }: Rootfs): BootKernel | undefined {
  if (disk.boot === 'none') return undefined;
  if (kernel !== undefined) return kernel;
  throw usageError('IMAGE_NO_KERNEL', `${name}: a disk without a kernel cannot start`, {
    hint: "Add 'kernel' to the configuration's packages, or ask only for formats without one: tar.gz, oci, squashfs, erofs.",
  });
}

function layoutKey({ disk, table, active, volumes }: ImageLayout): KeyPart {
  return {
    ...disk,
    partitions: disk.partitions.map((partition) => ({
      ...partition,
      attributes: String(partition.attributes),
    })),
    table,
    active: active ?? null,
    volumes: volumes.map(({ number, uuid, partition: { mount, fileSystem, label, removeDocs } }) => [
      ...[number, uuid, mount ?? null, fileSystem ?? null, label ?? null],
      ...(removeDocs ? ['without docs'] : []),
    ]),
  };
}

function extOptions(volume: Volume, identity: ImageIdentity, epoch: number): Ext4Options {
  const { size, inodes, journalMib, uuid, partition } = volume;
  const { fileSystem } = partition;
  return {
    ...{ size, inodes, journalMib, uuid, epoch, reservedPercent: 1, label: partition.label ?? '' },
    hashSeed: identity.of(`hash seed ${partition.id}`),
    ...(fileSystem === 'ext2' || fileSystem === 'ext3' ? { kind: fileSystem } : {}),
  };
}

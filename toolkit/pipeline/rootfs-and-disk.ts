import { type ImageConfig, wantsDisk } from '../domain/image.ts';
import type { Disk } from '../domain/image-disk.ts';
import { mountPoints, otherDiskConfigs } from '../domain/image-other-disks.ts';
import type { Rootfs } from '../domain/image-rootfs.ts';
import { declinedEncryption, isEncryptedByInstaller } from '../domain/installer/encryption.ts';
import { openRootfs, type RootfsRequest } from '../stages/repo-to-rootfs/index.ts';
import { type DiskRequest, writeDisk } from '../stages/rootfs-to-disk/index.ts';
import type { Context } from './context.ts';
import { inStage } from './stage.ts';

export interface MadeRootfsAndDisk {
  readonly rootfs: Rootfs;
  readonly disk: Disk | undefined;
  /** What starts the system where an installer may leave its root unencrypted. */
  readonly declined: Disk | undefined;
  /** Further disks, each as an image by itself. */
  readonly others: readonly OtherDiskMade[];
}

/** A further disk with its configuration. */
export interface OtherDiskMade {
  readonly config: ImageConfig;
  readonly disk: Disk;
}

/**
 * Composes a root file system and writes the disk of it where a format holds one: straight from the tree that rpm
 * left, no tar between. `what` tells of its packages.
 */
export async function makeRootfsAndDisk(
  {
    efiSigner,
    passphrase,
    ...request
  }: Omit<RootfsRequest, 'program' | 'leavesTree'> & Pick<DiskRequest, 'efiSigner' | 'passphrase'>,
  what: string,
  { ports, program }: Pick<Context, 'ports' | 'program'>,
  signal: AbortSignal,
): Promise<MadeRootfsAndDisk> {
  const { config, tools, target } = request;
  const hasDisk = wantsDisk(config);
  const leavesTree = hasDisk && target === undefined;
  await using opened = await inStage(ports, 'root file system', undefined, async () => {
    const result = await openRootfs({ ...request, program, leavesTree }, ports, signal);
    return { result, detail: `${what}, ${result.rootfs.size.entries} files` };
  });
  const { rootfs } = opened;
  if (!hasDisk) return { rootfs, disk: undefined, declined: undefined, others: [] };
  const otherConfigs = otherDiskConfigs(config);
  try {
    const { disk, declined, others } = await inStage(ports, 'disk', undefined, async () => {
      const forInstaller = isEncryptedByInstaller(config);
      const otherMounts = otherConfigs.flatMap((one) => mountPoints(one.disk));
      const wanted = { config, rootfs, tools, program, efiSigner, passphrase, forInstaller, otherMounts };
      const written = await writeDisk(wanted, ports, signal);
      const further = await writeOthers({ rootfs, tools, program }, config, otherConfigs, ports, signal);
      const other = declinedEncryption(config);
      const second = other && (await writeDisk({ ...wanted, config: other }, ports, signal));
      const sizes = [written, ...further.map((one) => one.disk)].map(({ raw }) =>
        Math.round(raw.size / 1048576),
      );
      return {
        result: { disk: written, declined: second, others: further },
        detail: `${sizes.join(' + ')} MiB`,
      };
    });
    return { rootfs: await opened.settle(disk, signal), disk, declined, others };
  } catch (error) {
    // The disk may be asked for again in another size: nothing is to be installed anew then.
    if (!signal.aborted) await opened.settle(undefined, signal).catch(() => undefined);
    throw error;
  }
}

/** As long as the contents of the tree are where rpm left them. */
async function writeOthers(
  parts: Pick<DiskRequest, 'rootfs' | 'tools' | 'program'>,
  whole: ImageConfig,
  configs: readonly ImageConfig[],
  ports: Context['ports'],
  signal: AbortSignal,
): Promise<readonly OtherDiskMade[]> {
  const made: OtherDiskMade[] = [];
  for (const config of configs) {
    const apart = [whole, ...configs].filter((one) => one !== config);
    const otherMounts = apart.flatMap((one) => mountPoints(one.disk));
    made.push({ config, disk: await writeDisk({ ...parts, config, otherMounts }, ports, signal) });
  }
  return made;
}

import { usageError } from '../../domain/errors.ts';
import type { ImageConfig } from '../../domain/image.ts';
import { latin1Text } from '../../domain/image-bytes.ts';
import type { ImageDisk, ImagePartition } from '../../domain/image-config/disk.ts';
import { isEncrypted, isScrambledSwap } from '../../domain/image-encryption.ts';
import { USR } from '../../domain/image-mounts.ts';
import type { ManifestEntry } from '../../domain/manifest.ts';

const MOUNT = /^(?:usr\/)?bin\/mount$/;

/**
 * Whether the image's mount(8) knows what fstab calls its partitions: busybox looks into file systems, not into the
 * partition table. The kernel does: `findsRoot` says that an initramfs looks for the root instead. An image that is
 * changed keeps its fstab. Throws `IMAGE_MOUNT_BY`. Source: busybox 1.37, util-linux/volume_id/get_devname.c.
 */
export function checkMountNames(
  { disk, keptUuids }: Pick<ImageConfig, 'disk' | 'keptUuids'>,
  entries: readonly ManifestEntry[],
  findsRoot = false,
): void {
  const program = entries.find(({ path }) => MOUNT.test(latin1Text(path)));
  const isBusybox = program?.target !== undefined && latin1Text(program.target).endsWith('busybox');
  if (!isBusybox || keptUuids !== undefined) return;
  for (const partition of disk.partitions) {
    const { id, mount, mountBy, fileSystem } = partition;
    const isMounted = (mount !== undefined && (findsRoot || mount !== '/')) || fileSystem === 'swap';
    if (!isMounted || isOpened(disk, partition)) continue;
    if (mountBy === 'uuid' || mountBy === 'label') continue;
    throw usageError('IMAGE_MOUNT_BY', `partition '${id}': busybox does not find it by its ${mountBy}`, {
      hint: 'Set mountBy to uuid or label, or take an image with systemd.',
    });
  }
}

/** Whether an initramfs makes a device of it, which nobody finds by what the partition is called. */
function isOpened(disk: ImageDisk, partition: ImagePartition): boolean {
  if (isEncrypted(disk, partition) || isScrambledSwap(disk, partition)) return true;
  return partition.mount === USR && disk.usrVerity !== undefined;
}

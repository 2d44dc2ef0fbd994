import { describe, expect, it } from 'vitest';
import type { MountIdentifier } from '../../../toolkit/domain/image-config/disk.ts';
import { diskPartitions } from '../../../toolkit/domain/image-partitions.ts';
import { checkMountNames } from '../../../toolkit/stages/rootfs-to-disk/mount-names.ts';
import { entry } from '../../formats/support/manifest.ts';
import { imageDisk } from '../../support/image-host.ts';

const busybox = [entry('usr/bin/mount', 'symlink', { target: 'busybox' })];
const disk = (mountBy: MountIdentifier, mount = '/home') =>
  imageDisk({
    partitions: diskPartitions(imageDisk())
      .map((root) => ({ ...root, mount, mountBy }))
      .slice(-1),
  });

describe('checkMountNames', () => {
  it('refuses names that busybox does not know', () => {
    const refused = expect.objectContaining({ code: 'IMAGE_MOUNT_BY' });
    expect(() => checkMountNames({ disk: disk('partuuid') }, busybox)).toThrow(refused);
    expect(() => checkMountNames({ disk: disk('partlabel') }, busybox)).toThrow(refused);
    expect(() => checkMountNames({ disk: disk('partuuid', '/') }, busybox, true)).toThrow(refused);
  });

  it('takes what it knows, a root that the kernel finds, what is there already, and any name for another mount', () => {
    for (const mountBy of ['uuid', 'label'] as const) checkMountNames({ disk: disk(mountBy) }, busybox);
    checkMountNames({ disk: disk('partuuid', '/') }, busybox);
    checkMountNames({ disk: disk('partuuid'), keptUuids: {} }, busybox);
    checkMountNames({ disk: disk('partuuid') }, [entry('usr/bin/mount', 'file', { content: 'program' })]);
  });
});

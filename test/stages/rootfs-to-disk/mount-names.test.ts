import { describe, expect, it } from 'vitest';
import type { MountIdentifier } from '../../../toolkit/domain/image-config/disk.ts';
import { diskPartitions } from '../../../toolkit/domain/image-partitions.ts';
import { checkMountNames } from '../../../toolkit/stages/rootfs-to-disk/mount-names.ts';
import { entry } from '../../formats/support/manifest.ts';
import { diskEncryption, imageDisk } from '../../support/image-host.ts';

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
    const usrVerity = { errorCorrection: false, errorCorrectionRoots: 2, signed: false } as const;
    const verified = { ...usrVerity, onCorruption: 'io-error', validateOnBoot: false } as const;
    const usr = disk('partuuid', '/usr');
    const by = { dataBy: 'partuuid', hashBy: 'partuuid' } as const;
    checkMountNames({ disk: { ...usr, usrVerity: { ...verified, ...by } } }, busybox);
    const home = disk('partuuid');
    const partitions = home.partitions.flatMap((one) => [
      { ...one, encrypted: true },
      { ...one, id: 'swap', mount: undefined, fileSystem: 'swap' as const, encrypted: true },
    ]);
    const encrypted = { ...home, partitions, encryption: diskEncryption() };
    checkMountNames({ disk: encrypted }, busybox);
    expect(() => checkMountNames({ disk: usr }, busybox)).toThrow('busybox does not find it');
    checkMountNames({ disk: disk('partuuid') }, [entry('usr/bin/mount', 'file', { content: 'program' })]);
  });
});

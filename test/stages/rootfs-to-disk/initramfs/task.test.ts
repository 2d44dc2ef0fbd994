import { describe, expect, it } from 'vitest';
import type { FileSystem, ImageDisk } from '../../../../toolkit/domain/image-config/disk.ts';
import { diskPartitions } from '../../../../toolkit/domain/image-partitions.ts';
import { initramfsTask, programsOf } from '../../../../toolkit/stages/rootfs-to-disk/initramfs/task.ts';
import { entry } from '../../../formats/support/manifest.ts';
import { diskEncryption, diskVerity, imageConfig, imageDisk } from '../../../support/image-host.ts';

const modules = ['btrfs', 'xfs', 'vmw_pvscsi', 'tun'].map((name) =>
  entry(`usr/lib/modules/6.12/${name}.ko.zst`, 'file'),
);

function taskOf(fileSystem: FileSystem, changes: Partial<ImageDisk> = {}, release = '6.12') {
  const partitions = diskPartitions(imageDisk()).map((partition) =>
    partition.mount === '/' ? { ...partition, fileSystem } : partition,
  );
  return initramfsTask(imageConfig({ disk: imageDisk({ partitions, ...changes }) }), release, modules);
}

describe('initramfsTask', () => {
  it('is nothing where the kernel has the file system built in', () => {
    expect(taskOf('ext4')).toBeUndefined();
    expect(taskOf('btrfs', {}, '5.0')).toBeUndefined();
  });

  it.each(['btrfs', 'xfs'] as const)(
    'loads the driver of the root where it is a module, and those of disks: %s',
    (fileSystem) => {
      expect(taskOf(fileSystem)).toEqual({ fileSystem, disks: ['vmw_pvscsi'], unlocks: false });
    },
  );

  it('opens an encrypted root, whatever is in it', () => {
    const encryption = diskEncryption();
    expect(taskOf('ext4', { encryption })).toEqual({ disks: ['vmw_pvscsi'], unlocks: true });
    expect(taskOf('btrfs', { encryption })).toMatchObject({ fileSystem: 'btrfs', unlocks: true });
  });

  const overlay = {
    mount: '/etc',
    lower: ['/etc'],
    upper: '/var/u',
    work: '/var/w',
    after: [],
    options: 'noatime',
  };

  it('mounts what early overlays lie in, then these', () => {
    const [esp, root] = diskPartitions(imageDisk({ boot: 'uefi' })).slice(-2);
    const data = { ...root!, id: 'var', name: 'var', fileSystem: 'btrfs', mountBy: 'partlabel' } as const;
    const partitions = [
      ...[esp!, root!],
      { ...data, mount: '/var', mountOptions: 'defaults,x-initrd.mount,noatime' },
      { ...data, id: 'srv', name: 'srv', mount: '/srv' },
    ];
    const task = (changes: object, disk: object = {}) =>
      initramfsTask(
        imageConfig({
          disk: imageDisk({ boot: 'uefi', partitions, ...disk }),
          overlays: [{ ...overlay, early: true, ...changes }],
        }),
        '6.12',
        modules,
      );
    expect(task({ early: false })).toBeUndefined();
    expect(task({})).toMatchObject({
      ...{ unlocks: false, disks: ['vmw_pvscsi'] },
      early: {
        drivers: ['btrfs'],
        mounts: [
          { source: 'PARTLABEL=var', target: '/var', type: 'btrfs', options: 'rw,noatime' },
          {
            ...{ source: 'overlay', target: '/etc', type: 'overlay' },
            options: 'lowerdir=/sysroot/etc,upperdir=/sysroot/var/u,workdir=/sysroot/var/w,noatime',
          },
        ],
      },
    });
    const inRoot = { upper: '/u', work: '/w' };
    expect(task(inRoot)?.early?.mounts).toHaveLength(1);
    expect(() => task(inRoot, { verity: diskVerity() })).toThrow('/u is read-only');
  });

  it('opens a dm-verity root as it is told', () => {
    const verity = { validates: true, hasSignature: true };
    const task = initramfsTask(imageConfig(), '6.12', modules, verity);
    expect(task).toMatchObject({ unlocks: false, verity });
    expect(task!.fileSystem).toBeUndefined();
    expect(programsOf(task!)).toEqual(expect.arrayContaining(['veritysetup', 'findfs', 'cat', 'base64']));
  });

  it('is nothing where nothing starts the disk', () => {
    expect(taskOf('btrfs', { boot: 'none' })).toBeUndefined();
  });
});

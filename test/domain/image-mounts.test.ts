import { describe, expect, it } from 'vitest';
import type { ImagePartition } from '../../toolkit/domain/image-config/disk.ts';
import { imageIdentity } from '../../toolkit/domain/image-identity.ts';
import { mountLines, rootArguments } from '../../toolkit/domain/image-mounts.ts';
import { imageDisk } from '../support/image-host.ts';

const identity = imageIdentity({ name: 'a', version: '1' });
const part = (id: string, changes: Partial<ImagePartition>): ImagePartition => ({
  ...{ id, name: id, type: undefined, flags: [], start: undefined, size: 'auto', grow: false },
  ...{ fileSystem: 'ext4', label: undefined, mount: undefined, mountOptions: undefined, mountBy: 'uuid' },
  ...{ removeDocs: false, overlayBase: undefined, rdiffBase: undefined, artifacts: [] },
  ...changes,
});
const partitions = [
  part('swap', { fileSystem: 'swap', mountBy: 'label', label: 'SWAP' }),
  part('var', { mount: '/var', mountBy: 'partlabel', mountOptions: 'noatime' }),
  part('esp', { mount: '/boot/efi', fileSystem: 'vfat' }),
  part('root', { mount: '/', mountBy: 'partuuid' }),
];

describe('mountLines', () => {
  it('names each partition as it says, the root first and swap last', () => {
    const serial = identity.of('file system esp').slice(0, 8).toUpperCase();
    expect(mountLines(imageDisk({ partitions }), identity)).toEqual([
      `PARTUUID=${identity.of('partition root')} / ext4 defaults 0 1`,
      `UUID=${serial.slice(0, 4)}-${serial.slice(4)} /boot/efi vfat defaults 0 2`,
      'PARTLABEL=var /var ext4 noatime 0 2',
      'LABEL=SWAP none swap defaults 0 0',
    ]);
  });

  it('lets a file system grow where the image can do that', () => {
    const disk = imageDisk({
      partitions: [part('var', { mount: '/var', grow: true, mountOptions: 'noatime' })],
    });
    expect(mountLines(disk, identity)[0]).toMatch(/ \/var ext4 noatime 0 2$/);
    expect(mountLines(disk, identity, true)[0]).toMatch(/ \/var ext4 noatime,x-systemd.growfs 0 2$/);
  });

  it('knows partitions of an MBR by its signature and their number', () => {
    const [line] = mountLines(imageDisk({ partitions, table: 'mbr' }), identity);
    expect(line).toBe(`PARTUUID=${identity.disk.slice(0, 8)}-04 / ext4 defaults 0 1`);
  });
});

describe('rootArguments', () => {
  it('name the partition where fstab names the file system: a kernel alone finds no other', () => {
    const byUuid = [part('root', { mount: '/', fileSystem: 'ext4' })];
    expect(rootArguments(imageDisk({ partitions: byUuid }), identity)).toEqual([
      ...['rootfstype=ext4', `root=PARTUUID=${identity.of('partition root')}`, 'rw'],
    ]);
    const byLabel = [part('root', { mount: '/', fileSystem: 'erofs', mountBy: 'partlabel', name: 'os' })];
    expect(rootArguments(imageDisk({ partitions: byLabel }), identity)).toEqual([
      ...['rootfstype=erofs', 'root=PARTLABEL=os', 'ro'],
    ]);
  });

  it('name to an initramfs what fstab names: it finds more than partitions', () => {
    const byUuid = [part('root', { mount: '/', fileSystem: 'btrfs' })];
    expect(rootArguments(imageDisk({ partitions: byUuid }), identity, true)).toEqual([
      ...['rootfstype=btrfs', `root=UUID=${identity.of('file system root')}`, 'rw'],
    ]);
    const byPartition = [part('root', { mount: '/', mountBy: 'partuuid' })];
    expect(rootArguments(imageDisk({ partitions: byPartition }), identity, true)).toContain(
      `root=PARTUUID=${identity.of('partition root')}`,
    );
  });
});

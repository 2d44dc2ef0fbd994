import { describe, expect, it } from 'vitest';
import { diskCommandLine } from '../../toolkit/domain/image-boot.ts';
import type { ImagePartition } from '../../toolkit/domain/image-config/disk.ts';
import { earlyMounts } from '../../toolkit/domain/image-early-mounts.ts';
import {
  LUKS_PAYLOAD,
  luksDevices,
  luksUuid,
  scrambledSwaps,
} from '../../toolkit/domain/image-encryption.ts';
import { imageIdentity } from '../../toolkit/domain/image-identity.ts';
import { mountLines } from '../../toolkit/domain/image-mounts.ts';
import { diskPartitions } from '../../toolkit/domain/image-partitions.ts';
import { planLayout } from '../../toolkit/domain/layout.ts';
import { initramfsTask, programsOf } from '../../toolkit/stages/rootfs-to-disk/initramfs/task.ts';
import { diskEncryption, imageConfig, imageDisk } from '../support/image-host.ts';

const MIB = 1024 ** 2;

describe('an encrypted root', () => {
  const config = imageConfig({ disk: imageDisk({ encryption: diskEncryption() }) });
  const identity = imageIdentity(config);
  const layoutOf = (disk: typeof config.disk) =>
    planLayout({ ...config, disk }, identity, () => ({ entries: 1, bytes: 0, blocks: 1 }), MIB);

  it('is named to the initramfs by its container', () => {
    expect(diskCommandLine(config)).toContain(
      `rootfstype=ext4 root=/dev/mapper/root rw rd.luks.name=${luksUuid(identity)}=root console=`,
    );
    expect(mountLines(config.disk, identity)).toContain('/dev/mapper/root / ext4 defaults 0 0');
  });

  it('begins behind the header, and ends with its partition in whole sectors', () => {
    const plain = layoutOf(imageDisk());
    const { root, containers, disk, volumes } = layoutOf(config.disk);
    const [container] = containers;
    const partition = disk.partitions.at(-1)!;
    expect(container).toMatchObject({ offset: partition.startLba * 512 });
    expect(root!.offset).toBe(container!.offset + LUKS_PAYLOAD);
    expect(root!.offset + root!.size).toBe((partition.endLba + 1) * 512);
    expect(volumes).toContain(root);
    expect(root!.size).toBe(plain.root!.size);
    expect(disk.size).toBe(plain.disk.size + LUKS_PAYLOAD);
    expect(plain.containers).toEqual([]);
  });

  it('says how much more its partition needs, the header counted', () => {
    expect(() => layoutOf({ ...config.disk, size: 90 * MIB })).toThrow(/needs \d+ MiB more/);
  });

  it('is not told to grow', () => {
    expect(layoutOf(config.disk).root!.partition.grow).toBe(false);
  });
});

describe('partitions beside an encrypted root', () => {
  const [esp, root] = diskPartitions(imageDisk({ boot: 'uefi' }));
  const made = (id: string, changes: Partial<ImagePartition>): ImagePartition => ({
    ...{ ...root!, id, name: id, grow: false, size: 32 * MIB, label: undefined, encrypted: true, ...changes },
  });
  const partitions = [
    ...[esp!, made('swap', { fileSystem: 'swap', mount: undefined }), made('data', { mount: '/var/lib' })],
    ...[{ ...root!, grow: false }, made('var', { mount: '/var', encrypted: false, mountBy: 'partlabel' })],
  ];
  const config = imageConfig({
    disk: imageDisk({ boot: 'uefi', encryption: diskEncryption(), partitions }),
  });
  const identity = imageIdentity(config);

  it('are containers of their own, opened after the root; swap is none', () => {
    const words = [
      `rd.luks.name=${luksUuid(identity)}=root rd.luks.name=${luksUuid(identity, partitions[2]!)}=luks-var-lib`,
      `rd.distrokit.swap=PARTUUID=${identity.of('partition swap')}`,
    ];
    const line = diskCommandLine(config, true);
    expect(line).toContain(` rw ${words.join(' ')} console=`);
    expect(luksDevices(line).get('/dev/mapper/luks-var-lib')).toBe(luksUuid(identity, partitions[2]!));
    expect(scrambledSwaps(line)).toEqual([`PARTUUID=${identity.of('partition swap')}`]);
    const size = () => ({ entries: 1, bytes: 0, blocks: 1 });
    const { containers, volumes } = planLayout(config, identity, size, MIB);
    expect(containers.map(({ number }) => number)).toEqual([3, 4]);
    const data = volumes.find(({ partition }) => partition.id === 'data')!;
    expect([data.offset - containers[0]!.offset, data.size]).toEqual([LUKS_PAYLOAD, 32 * MIB - LUKS_PAYLOAD]);
  });

  it('are mounted by the initramfs, after what they lie in', () => {
    expect(mountLines(config.disk, identity).filter((line) => !/efi|var ext4/.test(line))).toEqual([
      '/dev/mapper/root / ext4 defaults 0 0',
      '/dev/mapper/luks-var-lib /var/lib ext4 defaults,noauto,x-initrd.mount 0 0',
    ]);
    expect(earlyMounts(config)).toMatchObject([
      { source: 'PARTLABEL=var', target: '/var' },
      { source: '/dev/mapper/luks-var-lib', target: '/var/lib', options: 'rw' },
    ]);
    const task = initramfsTask(config, '6.12', []);
    expect(task).toMatchObject({ unlocks: true, scrambles: true });
    expect(programsOf(task!)).toEqual(expect.arrayContaining(['cryptsetup', 'findfs', 'mkswap', 'swapon']));
  });

  it('are as any other where the root is not encrypted', () => {
    const { disk } = imageConfig({ disk: { ...config.disk, encryption: undefined } });
    expect(mountLines(disk, identity).join('\n')).not.toContain('mapper');
    expect(mountLines(disk, identity).at(-1)).toMatch(/ none swap /);
  });
});

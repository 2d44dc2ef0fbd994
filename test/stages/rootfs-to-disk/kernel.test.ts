import { describe, expect, it } from 'vitest';
import type { FileSystem } from '../../../toolkit/domain/image-config/disk.ts';
import { imageIdentity } from '../../../toolkit/domain/image-identity.ts';
import { diskPartitions } from '../../../toolkit/domain/image-partitions.ts';
import { planLayout } from '../../../toolkit/domain/layout.ts';
import { checkInitramfs, checkKernel } from '../../../toolkit/stages/rootfs-to-disk/kernel.ts';
import { readEntry } from '../../formats/support/ext4.ts';
import { entry } from '../../formats/support/manifest.ts';
import { imageConfig, imageDisk } from '../../support/image-host.ts';

const FOLDER = 'usr/lib/modules/6.12';
const builtIn = entry(`${FOLDER}/modules.builtin`, 'file', { content: 'kernel/fs/ext4/ext4.ko\n' });
const btrfs = entry(`${FOLDER}/kernel/fs/btrfs/btrfs.ko.zst`, 'file');

function layoutOf(fileSystem: FileSystem) {
  const [root] = diskPartitions(imageDisk({ boot: 'none' }));
  const disk = imageDisk({ boot: 'none', partitions: [{ ...root!, fileSystem }] });
  const config = imageConfig({ disk });
  return planLayout(config, imageIdentity(config), () => ({ entries: 1, bytes: 0, blocks: 1 }), 0);
}

describe('checkKernel', () => {
  it.each(['ext4', 'ext2', 'btrfs'] as const)(
    'takes what is built in, and modules: %s',
    async (fileSystem) => {
      await checkKernel(layoutOf(fileSystem), '6.12', [builtIn, btrfs], readEntry);
    },
  );

  it('trusts a kernel that does not say what it has', async () => {
    await checkKernel(layoutOf('btrfs'), '6.12', [], readEntry);
  });

  it('refuses what a kernel has in no way', async () => {
    await expect(checkKernel(layoutOf('btrfs'), '6.12', [builtIn], readEntry)).rejects.toMatchObject({
      code: 'IMAGE_KERNEL_FS',
      message: expect.stringContaining('has btrfs neither built in nor as a module'),
    });
  });
});

describe('checkInitramfs', () => {
  const config = (content: string) => [entry('boot/config-6.12', 'file', { content })];

  it('wants a kernel that takes an initramfs', async () => {
    await checkInitramfs('6.12', config('CONFIG_BLK_DEV_INITRD=y\n'), readEntry);
    await checkInitramfs('6.12', [], readEntry);
    const without = checkInitramfs('6.12', config('# CONFIG_BLK_DEV_INITRD is not set\n'), readEntry);
    await expect(without).rejects.toMatchObject({ code: 'IMAGE_KERNEL_FS' });
  });
});

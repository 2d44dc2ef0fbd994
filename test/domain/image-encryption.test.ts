import { describe, expect, it } from 'vitest';
import { diskCommandLine } from '../../toolkit/domain/image-boot.ts';
import { LUKS_PAYLOAD, luksUuid } from '../../toolkit/domain/image-encryption.ts';
import { imageIdentity } from '../../toolkit/domain/image-identity.ts';
import { mountLines } from '../../toolkit/domain/image-mounts.ts';
import { planLayout } from '../../toolkit/domain/layout.ts';
import { diskEncryption, imageConfig, imageDisk } from '../support/image-host.ts';

const MIB = 1024 ** 2;

describe('an encrypted root', () => {
  const config = imageConfig({ disk: imageDisk({ encryption: diskEncryption() }) });
  const identity = imageIdentity(config);
  const layoutOf = (disk: typeof config.disk) =>
    planLayout({ ...config, disk }, identity, () => ({ entries: 1, bytes: 0, blocks: 1 }), MIB);

  it('is named to the initramfs by its container', () => {
    expect(diskCommandLine(config)).toContain(
      `rootfstype=ext4 root=/dev/mapper/root rd.luks.name=${luksUuid(identity)}=root rw console=`,
    );
    expect(mountLines(config.disk, identity)).toContain('/dev/mapper/root / ext4 defaults 0 0');
  });

  it('begins behind the header, and ends with its partition in whole sectors', () => {
    const plain = layoutOf(imageDisk());
    const { root, container, disk, volumes } = layoutOf(config.disk);
    const partition = disk.partitions.at(-1)!;
    expect(container).toMatchObject({ offset: partition.startLba * 512 });
    expect(root!.offset).toBe(container!.offset + LUKS_PAYLOAD);
    expect(root!.offset + root!.size).toBe((partition.endLba + 1) * 512);
    expect(volumes).toContain(root);
    expect(root!.size).toBe(plain.root!.size);
    expect(disk.size).toBe(plain.disk.size + LUKS_PAYLOAD);
    expect(plain.container).toBeUndefined();
  });

  it('says how much more its partition needs, the header counted', () => {
    expect(() => layoutOf({ ...config.disk, size: 90 * MIB })).toThrow(/needs \d+ MiB more/);
  });

  it('is not told to grow', () => {
    expect(layoutOf(config.disk).root!.partition.grow).toBe(false);
  });
});

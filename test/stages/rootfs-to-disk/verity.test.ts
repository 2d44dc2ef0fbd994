import { describe, expect, it } from 'vitest';
import type { ImageConfig } from '../../../toolkit/domain/image.ts';
import { diskCommandLine } from '../../../toolkit/domain/image-boot.ts';
import type { DiskVerity } from '../../../toolkit/domain/image-config/disk.ts';
import { imageIdentity } from '../../../toolkit/domain/image-identity.ts';
import type { ManifestEntry, ReadContent } from '../../../toolkit/domain/manifest.ts';
import { detachedSignedData } from '../../../toolkit/formats/pkcs7/index.ts';
import { checkVerity, sealedCommandLine, verityTask } from '../../../toolkit/stages/rootfs-to-disk/verity.ts';
import { entry } from '../../formats/support/manifest.ts';
import { diskVerity, imageConfig, imageDisk } from '../../support/image-host.ts';

type Asked = [image: ImageConfig, release: string, entries: ManifestEntry[], read: ReadContent];

/** An image with such a root, whose kernel is made with these options. */
function imageOf(options: readonly string[], changes: Partial<DiskVerity>): Asked {
  const text = Buffer.from(options.map((option) => `${option}=y\n`).join(''));
  const config = { ...entry('boot/config-6.12', 'file'), size: text.length };
  const image = imageConfig({ disk: imageDisk({ verity: diskVerity(changes) }) });
  return [image, '6.12', [config], async (_entry, _from, target) => void text.copy(target)];
}

async function check(options: readonly string[], changes: Partial<DiskVerity> = {}): Promise<void> {
  const image = imageOf(options, changes);
  await checkVerity(...image, await verityTask(...image));
}

describe('verityTask', () => {
  const task = async (options: readonly string[], changes: Partial<DiskVerity> = {}) =>
    await verityTask(...imageOf(options, changes));

  it('is nothing where the kernel opens the root by itself', async () => {
    expect(await task(['CONFIG_DM_INIT'])).toBeUndefined();
    const [, ...rest] = imageOf([], {});
    expect(await verityTask({ disk: imageDisk() }, ...rest)).toBeUndefined();
  });

  it('opens the root for a kernel that does not', async () => {
    expect(await task(['CONFIG_DM_VERITY'])).toEqual({ validates: false, hasSignature: false });
  });

  it('opens /usr with any kernel, and then the root too', async () => {
    const { name: _, ...usrVerity } = diskVerity({ signed: true });
    const [image, ...rest] = imageOf(['CONFIG_DM_INIT'], {});
    const both = { disk: { ...image.disk, usrVerity } };
    expect(await verityTask(both, ...rest)).toEqual({ validates: false, hasSignature: true });
    const alone = { disk: { ...both.disk, verity: undefined } };
    expect(await verityTask(alone, ...rest)).toEqual({ validates: false, hasSignature: true });
    await expect(
      checkVerity({ ...image, ...alone }, ...rest, await verityTask(alone, ...rest)),
    ).rejects.toThrow('without CONFIG_DM_VERITY and');
  });

  it('opens the root where there is an initramfs for something else, or partitions are found by what is in them', async () => {
    const done = { validates: false, hasSignature: false };
    expect(await verityTask(...imageOf(['CONFIG_DM_INIT'], {}), true)).toEqual(done);
    expect(await task(['CONFIG_DM_INIT'], { hashBy: 'uuid' })).toEqual(done);
    expect(await task(['CONFIG_DM_INIT'], { hashBy: 'partlabel' })).toBeUndefined();
  });

  it('reads all of the root where that is asked for, whatever the kernel can do', async () => {
    expect(await task(['CONFIG_DM_INIT'], { validateOnBoot: true })).toEqual({
      validates: true,
      hasSignature: false,
    });
    expect(await task(['CONFIG_DM_INIT'], { signed: true })).toEqual({
      validates: false,
      hasSignature: true,
    });
  });
});

describe('sealedCommandLine', () => {
  const signer = {
    certificate: Buffer.from('300b3009020107300030003000', 'hex'),
    sign: () => Buffer.alloc(256),
  };
  const hashed = { rootHash: 'ab'.repeat(32), dataBlocks: 1000 };
  const sealed = (changes: Partial<DiskVerity>, kernelArgs = '') => {
    const config = imageConfig({ kernelArgs, disk: imageDisk({ verity: diskVerity(changes) }) });
    const line = diskCommandLine(config, true);
    return sealedCommandLine(line, config, imageIdentity(config), hashed, signer);
  };

  it('has a signature of the root hash where one is asked for', () => {
    expect(sealed({})).not.toContain('signature');
    const signature = detachedSignedData(Buffer.from(hashed.rootHash), signer).toString('base64');
    expect(sealed({ signed: true })).toContain(
      `rd.roothash=${hashed.rootHash} rd.systemd.verity_root_options=root-hash-signature=base64:${signature} `,
    );
  });

  it('is never longer than what the kernel takes', () => {
    expect(() => sealed({ signed: true }, 'x'.repeat(1500))).toThrow('the kernel takes 2047');
  });
});

describe('checkVerity', () => {
  const both = ['CONFIG_DM_INIT', 'CONFIG_DM_VERITY'];

  it('takes a kernel that opens the root itself', async () => {
    await expect(check(both)).resolves.toBeUndefined();
    await expect(
      check([...both, 'CONFIG_DM_VERITY_FEC'], { errorCorrection: true }),
    ).resolves.toBeUndefined();
  });

  it.each<[readonly string[], Partial<DiskVerity>, string, string]>([
    [['CONFIG_DM_INIT'], {}, 'without CONFIG_DM_VERITY', 'disk.verity out'],
    [['CONFIG_DM_VERITY'], {}, 'without CONFIG_BLK_DEV_INITRD', 'disk.verity out'],
    [both, { errorCorrection: true }, 'without CONFIG_DM_VERITY_FEC', 'verity.errorCorrection'],
    [
      [...both, 'CONFIG_BLK_DEV_INITRD', 'CONFIG_DM_VERITY_VERIFY_ROOTHASH_SIG'],
      { signed: true },
      'without CONFIG_DM_VERITY_VERIFY_ROOTHASH_SIG_PLATFORM_KEYRING',
      'verity.signed',
    ],
  ])('names what %j has not', async (options, changes, message, hint) => {
    await expect(check(options, changes)).rejects.toMatchObject({
      code: 'IMAGE_VERITY',
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });
  });

  it('wants the folders that memory is laid over', async () => {
    await expect(check(both, { overlays: ['/none'] })).rejects.toThrow('has no folder /none');
  });
});

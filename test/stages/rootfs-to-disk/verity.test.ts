import { describe, expect, it } from 'vitest';
import type { DiskVerity } from '../../../toolkit/domain/image-config/disk.ts';
import { checkVerity } from '../../../toolkit/stages/rootfs-to-disk/verity.ts';
import { entry } from '../../formats/support/manifest.ts';
import { diskVerity, imageConfig, imageDisk } from '../../support/image-host.ts';

/** Asks whether a kernel that is made with these options can open such a root. */
async function check(options: readonly string[], changes: Partial<DiskVerity> = {}): Promise<void> {
  const text = Buffer.from(options.map((option) => `${option}=y\n`).join(''));
  const config = { ...entry('boot/config-6.12', 'file'), size: text.length };
  const image = imageConfig({ disk: imageDisk({ verity: diskVerity(changes) }) });
  await checkVerity(image, '6.12', [config], async (_entry, _from, target) => void text.copy(target));
}

describe('checkVerity', () => {
  const both = ['CONFIG_DM_INIT', 'CONFIG_DM_VERITY'];

  it('takes a kernel that opens the root itself', async () => {
    await expect(check(both)).resolves.toBeUndefined();
    await expect(
      check([...both, 'CONFIG_DM_VERITY_FEC'], { errorCorrection: true }),
    ).resolves.toBeUndefined();
  });

  it.each<[readonly string[], Partial<DiskVerity>, string, string]>([
    [['CONFIG_DM_VERITY'], {}, 'without CONFIG_DM_INIT', 'kernel-generic'],
    [both, { errorCorrection: true }, 'without CONFIG_DM_VERITY_FEC', 'errorCorrection'],
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

import { describe, expect, it } from 'vitest';
import { imageIdentity } from '../../toolkit/domain/image-identity.ts';
import { planLayout } from '../../toolkit/domain/layout.ts';
import { isUuid } from '../../toolkit/domain/uuid.ts';
import { encodeGpt } from '../../toolkit/formats/gpt/index.ts';

const MIB = 1024 ** 2;
const tree = { entries: 500, bytes: 10 * MIB, blocks: 3000 };
const identity = imageIdentity({ name: 'a', version: '1' });
const plan = (disk: Parameters<typeof planLayout>[0]['disk'], kernel = 6 * MIB, size = tree) =>
  planLayout({ name: 'a', disk }, identity, size, kernel);

describe('planLayout', () => {
  it('puts a BIOS partition, an ESP and a root that can grow one behind the other, in whole MiB', () => {
    const { disk, bios, esp, root } = plan({ size: 'auto', boot: 'both' });
    expect(disk.partitions.map(({ name }) => name)).toEqual(['bios', 'esp', 'root']);
    expect([bios?.offset, esp.offset, root.offset]).toEqual([MIB, 2 * MIB, 66 * MIB]);
    expect(root.offset + root.size + MIB).toBe(disk.size);
    expect(disk.size % MIB).toBe(0);
    expect(() => encodeGpt(disk)).not.toThrow();
  });

  it('leaves the BIOS partition out where only UEFI starts the disk', () => {
    const { bios, esp } = plan({ size: 'auto', boot: 'uefi' });
    expect(bios).toBeUndefined();
    expect(esp).toMatchObject({ number: 1, offset: MIB });
  });

  it('gives a large kernel a larger ESP', () => {
    expect(plan({ size: 'auto', boot: 'both' }, 40 * MIB).esp.size).toBe(168 * MIB);
  });

  it('fills a disk of a given size', () => {
    const { disk, root } = plan({ size: 512 * MIB, boot: 'both' });
    expect(disk.size).toBe(512 * MIB);
    expect(root.size).toBe((512 - 66 - 1) * MIB);
  });

  it('says by how much the content is too large, with a size that is enough', () => {
    const large = { entries: 500, bytes: 0, blocks: (400 * MIB) / 4096 };
    try {
      plan({ size: 256 * MIB, boot: 'both' }, 0, large);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        code: 'IMAGE_TOO_LARGE',
        message: expect.stringMatching(/needs 2\d\d MiB more/),
      });
      const least = Number(/"(\d+)M"/.exec((error as { hint: string }).hint)?.[1]);
      expect(() => plan({ size: (least + 5) * MIB, boot: 'both' }, 0, large)).not.toThrow();
    }
  });

  it('has inodes for every entry and as many again', () => {
    const many = { entries: 1_000_000, bytes: 0, blocks: 1_000_000 };
    expect(plan({ size: 'auto', boot: 'both' }, 0, many).root.inodes).toBeGreaterThanOrEqual(2_000_000);
  });
});

describe('imageIdentity', () => {
  it('depends on name and release version alone', () => {
    expect(imageIdentity({ name: 'a', version: '1' }).disk).toBe(identity.disk);
    expect(imageIdentity({ name: 'a', version: '2' }).disk).not.toBe(identity.disk);
    expect(imageIdentity({ name: 'b', version: '1' }).disk).not.toBe(identity.disk);
  });

  it('gives every part a UUID of its own', () => {
    const { of: _of, espSerial, isoEspSerial, isoLabel, ...uuids } = identity;
    expect(Object.values(uuids).every(isUuid)).toBe(true);
    expect(new Set(Object.values(uuids)).size).toBe(Object.keys(uuids).length);
    expect(espSerial).toMatch(/^[0-9A-F]{8}$/);
    expect(isoEspSerial).not.toBe(espSerial);
    expect(isoLabel).toBe('A_1');
  });

  it('keeps an ISO label within 32 of A-Z, 0-9 and _', () => {
    expect(imageIdentity({ name: 'my-long.name'.repeat(4), version: '1.0~rc1' }).isoLabel).toMatch(
      /^[A-Z0-9_]{1,32}$/,
    );
  });
});

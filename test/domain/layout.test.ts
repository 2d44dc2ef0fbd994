import { describe, expect, it } from 'vitest';
import {
  type DiskVerity,
  type ImageDisk,
  type ImagePartition,
  partitionTypeNames,
} from '../../toolkit/domain/image-config/disk.ts';
import { imageIdentity } from '../../toolkit/domain/image-identity.ts';
import { diskPartitions } from '../../toolkit/domain/image-partitions.ts';
import { planLayout } from '../../toolkit/domain/layout.ts';
import { isUuid } from '../../toolkit/domain/uuid.ts';
import { verityBytes } from '../../toolkit/domain/verity.ts';
import { encodeGpt } from '../../toolkit/formats/gpt/index.ts';
import { diskVerity, imageDisk } from '../support/image-host.ts';

const MIB = 1024 ** 2;
const tree = { entries: 500, bytes: 10 * MIB, blocks: 3000 };
const identity = imageIdentity({ name: 'a', version: '1' });
const nothing = { entries: 0, bytes: 0, blocks: 0 };
const verity = diskVerity();
const plan = (disk: Partial<ImageDisk>, kernel = 6 * MIB, size = tree) =>
  planLayout(
    { name: 'a', disk: imageDisk(disk) },
    identity,
    ({ mount }) => (mount === '/' ? size : nothing),
    kernel,
  );

describe('planLayout', () => {
  it('puts a BIOS partition, an ESP and a root that can grow one behind the other, in whole MiB', () => {
    const { disk, bios, esp, root } = plan({ size: 'auto', boot: 'both' });
    expect(disk.partitions.map(({ name }) => name)).toEqual(['bios', 'esp', 'root']);
    expect([bios?.offset, esp?.offset, root!.offset]).toEqual([MIB, 2 * MIB, 66 * MIB]);
    expect(root!.offset + root!.size + MIB).toBe(disk.size);
    expect(disk.size % MIB).toBe(0);
    expect(() => encodeGpt(disk)).not.toThrow();
  });

  it('puts the hashes of a dm-verity root behind it, with the room that they need', () => {
    for (const size of ['auto', 512 * MIB] as const) {
      const layout = plan({ size, boot: 'uefi', verity });
      expect(layout.disk.partitions.map(({ name }) => name)).toEqual(['esp', 'root', 'root-verity']);
      expect(layout.disk.partitions[1]!.attributes).toBe(0n);
      const hashes = layout.verified[0]!.hashes;
      expect(hashes.size).toBeGreaterThan(layout.root!.size / 128);
      expect(hashes.size).toBeLessThan(layout.root!.size / 128 + 3 * MIB);
      expect(layout.root!.offset + layout.root!.size).toBe(hashes.offset);
      expect(layout.volumes).not.toContain(hashes);
    }
  });

  it('leaves room for error correction behind the hashes', () => {
    const sizeOf = (changes: Partial<DiskVerity>) =>
      plan({ size: 1024 * MIB, boot: 'uefi', verity: diskVerity(changes) }).verified[0]!.hashes.size;
    const plain = sizeOf({});
    expect(sizeOf({ errorCorrectionRoots: 24 })).toBe(plain);
    expect(sizeOf({ errorCorrection: true }) - plain).toBe(8 * MIB);
    expect(sizeOf({ errorCorrection: true, errorCorrectionRoots: 24 })).toBeGreaterThan(plain + 80 * MIB);
  });

  it('leaves the hashes of a root that keeps its size where they are', () => {
    const [esp, root, hashes] = diskPartitions(imageDisk({ boot: 'uefi', verity }));
    const kept = { ...root!, keptSize: 40 * MIB };
    const room = { ...hashes!, keptSize: verityBytes(40 * MIB) };
    const layout = plan({ boot: 'uefi', verity, partitions: [esp!, kept, room] });
    expect([layout.root!.size, layout.verified[0]?.hashes.size]).toEqual([40 * MIB, verityBytes(40 * MIB)]);
  });

  it('leaves the BIOS partition out where only UEFI starts the disk', () => {
    const { bios, esp } = plan({ size: 'auto', boot: 'uefi' });
    expect(bios).toBeUndefined();
    expect(esp).toMatchObject({ number: 1, offset: MIB });
  });

  it('gives a large kernel a larger ESP', () => {
    expect(plan({ size: 'auto', boot: 'both' }, 40 * MIB).esp?.size).toBe(168 * MIB);
  });

  it('fills a disk of a given size', () => {
    const { disk, root } = plan({ size: 512 * MIB, boot: 'both' });
    expect(disk.size).toBe(512 * MIB);
    expect(root!.size).toBe((512 - 66 - 1) * MIB);
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
    expect(plan({ size: 'auto', boot: 'both' }, 0, many).root!.inodes).toBeGreaterThanOrEqual(2_000_000);
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

describe('partitions of a configuration', () => {
  const part = (id: string, changes: Partial<ImagePartition> = {}): ImagePartition => ({
    ...{ id, name: id, type: undefined, flags: [], start: undefined, size: 'auto', grow: false },
    ...{
      fileSystem: 'ext4',
      label: undefined,
      mount: `/${id}`,
      mountOptions: undefined,
      mountBy: 'partuuid',
    },
    ...{ removeDocs: false, overlayBase: undefined, rdiffBase: undefined, artifacts: [] },
    ...changes,
  });
  const esp = part('esp', { flags: ['esp'], fileSystem: 'vfat', mount: '/boot/efi' });
  const root = part('root', { mount: '/' });

  it('come one after another, and max leaves room for those behind it', () => {
    const partitions = [esp, { ...root, size: 'max' as const }, part('home', { size: 100 * MIB })];
    const { disk, volumes } = plan({ size: 1024 * MIB, boot: 'uefi', partitions });
    expect(volumes.map(({ offset, size }) => [offset / MIB, size / MIB])).toEqual([
      [1, 64],
      [65, 1024 - 65 - 101],
      [1024 - 101, 100],
    ]);
    expect(() => encodeGpt(disk)).not.toThrow();
  });

  it('says how much more the partition of hashes needs', () => {
    const hashes = {
      type: partitionTypeNames['linux-root-verity-amd64'],
      fileSystem: undefined,
      mount: undefined,
    };
    const partitions = [esp, { ...root, size: 1024 * MIB }, part('hashes', { ...hashes, size: 8 * MIB })];
    expect(() => plan({ boot: 'uefi', verity, partitions })).toThrow("'hashes' needs 1 MiB more");
  });

  it('get types by what they are for', () => {
    const partitions = [esp, root, part('home'), part('swap', { fileSystem: 'swap', mount: undefined })];
    const { disk } = plan({ boot: 'uefi', partitions });
    expect(disk.partitions.map(({ type }) => type)).toEqual([
      ...[partitionTypeNames.esp, partitionTypeNames['linux-root-amd64'], partitionTypeNames['linux-home']],
      partitionTypeNames['linux-swap'],
    ]);
  });

  it('leave a MiB for the table of each logical partition of an MBR, and number them from five', () => {
    const partitions = [esp, root, part('a'), part('b', { size: 32 * MIB }), part('c', { size: 32 * MIB })];
    const { disk, volumes, bios } = plan({ boot: 'both', table: 'mbr', partitions });
    const [, , a, b, c] = volumes;
    expect([b!.offset - a!.offset - a!.size, c!.offset - b!.offset - b!.size]).toEqual([MIB, MIB]);
    expect(disk.partitions.map(({ uuid }) => uuid.slice(8))).toEqual(['-01', '-02', '-03', '-05', '-06']);
    expect(bios).toEqual({ offset: 512, size: MIB - 512 });
  });

  it.each([
    [/'root' needs \d+ MiB more than its 12 MiB/, [esp, part('root', { mount: '/', size: 12 * MIB })]],
    [/'home' ends \d+ MiB beyond disk.size of 512 MiB/, [esp, root, part('home', { size: 414 * MIB })]],
    [
      /'esp' reaches 9 MiB into 'root'/,
      [
        { ...esp, size: 40 * MIB },
        { ...root, start: 32 * MIB },
      ],
    ],
    [/none is mounted at/, [esp, part('home')]],
    [/flag esp, and there is none/, [root]],
  ])('tells by how much they do not fit: %s', (message, partitions) => {
    const small = { entries: 100, bytes: MIB, blocks: 256 };
    expect(() => plan({ size: 512 * MIB, boot: 'uefi', partitions }, 6 * MIB, small)).toThrow(message);
  });
});

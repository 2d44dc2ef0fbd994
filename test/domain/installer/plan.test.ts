import { describe, expect, it } from 'vitest';
import type { ImagePartition } from '../../../toolkit/domain/image-config/disk.ts';
import type { ImageInstaller } from '../../../toolkit/domain/image-config/system.ts';
import { LUKS_PAYLOAD, luksUuid } from '../../../toolkit/domain/image-encryption.ts';
import { imageIdentity } from '../../../toolkit/domain/image-identity.ts';
import { diskPartitions, fileSystemUuid } from '../../../toolkit/domain/image-partitions.ts';
import { planInstallation } from '../../../toolkit/domain/installer/plan.ts';
import { planLayout } from '../../../toolkit/domain/layout.ts';
import { diskEncryption, imageConfig, imageDisk } from '../../support/image-host.ts';

const MIB = 1024 ** 2;
const TREE = { entries: 10, bytes: 10 * MIB, blocks: 20480 };
const [BIOS, ESP, ROOT] = diskPartitions(imageDisk()) as [ImagePartition, ImagePartition, ImagePartition];
const INSTALLER: ImageInstaller = {
  ...{ target: undefined, afterwards: 'power-off', encryption: 'always', kickstart: false },
};

function planOf(partitions: readonly ImagePartition[], changes: Parameters<typeof imageConfig>[0] = {}) {
  const config = imageConfig({ disk: imageDisk({ partitions }), installer: INSTALLER, ...changes });
  const layout = planLayout(config, imageIdentity(config), () => TREE, 8 * MIB);
  return { layout, ...planInstallation(config, layout) };
}

function rows(text: string): string[][] {
  const lines = text.trimEnd().split('\n');
  return lines.map((line) => line.split('\t')).filter(([key]) => key === 'partition');
}

describe('planInstallation', () => {
  it('copies what starts the disk, makes the root, and gives it the rest', () => {
    const { text, copied, layout } = planOf([]);
    expect(rows(text).map((row) => [row[1], row[6], row[8], row[11], row[12], row[13]])).toEqual([
      ['1', 'bios', '-', '-', 'image', '-'],
      ['2', 'esp', 'fat32', '/boot/efi', 'image', '-'],
      ['3', 'root', 'ext4', '/', 'tree', 'rest'],
    ]);
    expect(rows(text).every((row) => row.length === 14)).toBe(true);
    expect(copied.map(({ number }) => number)).toEqual([1, 2]);
    expect(copied[1]).toEqual({ number: 2, offset: layout.esp!.offset, size: layout.esp!.size });
    expect(text).toContain('target\task\n');
    expect(text).toContain(`root\t${layout.disk.partitions[2]!.uuid}\n`);
  });

  it('prefers what is to be as large as it can, then what may grow, to the root', () => {
    const home = { ...ROOT, id: 'home', name: 'home', mount: '/home', label: 'home', size: 256 * MIB };
    const restOf = (...partitions: ImagePartition[]) =>
      rows(planOf(partitions).text).find((row) => row[13] === 'rest')?.[6];
    const root = { ...ROOT, grow: false };
    expect(restOf(BIOS, ESP, root, { ...home, grow: false })).toBe('root');
    expect(restOf(BIOS, ESP, root, { ...home, grow: true })).toBe('home');
    expect(restOf(BIOS, ESP, { ...ROOT, grow: true }, { ...home, grow: false, size: 'max' })).toBe('home');
  });

  it('says which disk it is for, in one line each', () => {
    const installer = { ...INSTALLER, target: 'largest', afterwards: 'reboot' } as const;
    const { text } = planOf([], { installer, title: 'Two\nlines' });
    expect(text).toContain('target\tlargest\nafterwards\treboot\n');
    expect(text).toContain('title\tTwo lines 1.0\n');
  });

  it('says how the root is encrypted, and what fstab says of one that is not', () => {
    const sealed = (encryption: ImageInstaller['encryption']) =>
      planOf([], {
        disk: imageDisk({ encryption: diskEncryption() }),
        installer: { ...INSTALLER, encryption },
      }).text;
    expect(planOf([]).text).toContain('encryption\tnone\n');
    const always = sealed('always');
    const { disk } = imageConfig();
    const identity = imageIdentity(imageConfig());
    expect(always).toContain(`encryption\talways\ncontainer\t${luksUuid(identity)}\n`);
    expect(always).not.toContain('plain-root');
    const root = diskPartitions(disk).at(-1)!;
    expect(sealed('optional')).toContain(
      `encryption\toptional\ncontainer\t${luksUuid(identity)}\nplain-root\tUUID=${fileSystemUuid(root, identity)} / ext4`,
    );
    // The container's own bytes are a part of the root.
    const sizes = [planOf([]).text, always].map((text) => Number(rows(text).at(-1)![3]));
    expect(sizes[1]! - sizes[0]!).toBeGreaterThanOrEqual(LUKS_PAYLOAD / 512);
  });

  it('copies a root of dm-verity with its hashes, and unpacks only what else there is', () => {
    const verity = { name: 'root', onCorruption: 'io-error', overlays: [] } as never;
    const sealed = (partitions: readonly ImagePartition[]) =>
      planOf([], { disk: imageDisk({ verity, partitions }) });
    const plain = sealed([]);
    expect(rows(plain.text).map((row) => [row[6], row[12], row[13]])).toEqual([
      ['bios', 'image', '-'],
      ['esp', 'image', '-'],
      ['root', 'image', '-'],
      ['root-verity', 'image', '-'],
    ]);
    expect(plain.unpacks).toBe(false);
    const home = { ...ROOT, id: 'home', name: 'home', mount: '/home', label: 'home', grow: false };
    const more = sealed([BIOS, ESP, { ...ROOT, grow: false }, home]);
    expect(more.unpacks).toBe(true);
    expect(rows(more.text).map((row) => row[12])).toEqual(['image', 'image', 'image', 'tree', 'image']);
  });

  it('refuses what would move GRUB, and labels that sfdisk would not take', () => {
    const refused = expect.objectContaining({ code: 'INSTALLER_DISK' });
    expect(() => planOf([ESP, ROOT, BIOS])).toThrow(refused);
    expect(() => planOf([BIOS, ESP, { ...ROOT, name: 'a "root"' }])).toThrow(refused);
    expect(() => planOf([BIOS, ESP, { ...ROOT, label: 'a\troot' }])).toThrow(refused);
  });
});

import { describe, expect, it } from 'vitest';
import type { ImagePartition } from '../../../toolkit/domain/image-config/disk.ts';
import type { ImageInstaller } from '../../../toolkit/domain/image-config/system.ts';
import { LUKS_PAYLOAD, luksUuid } from '../../../toolkit/domain/image-encryption.ts';
import { imageIdentity } from '../../../toolkit/domain/image-identity.ts';
import { diskPartitions, fileSystemUuid } from '../../../toolkit/domain/image-partitions.ts';
import { isUnattended, kickstartDisk } from '../../../toolkit/domain/installer/kickstart.ts';
import { type DiskPart, planInstallation } from '../../../toolkit/domain/installer/plan.ts';
import { planLayout } from '../../../toolkit/domain/layout.ts';
import { diskEncryption, imageConfig, imageDisk } from '../../support/image-host.ts';

const MIB = 1024 ** 2;
const TREE = { entries: 10, bytes: 10 * MIB, blocks: 20480 };
const [BIOS, ESP, ROOT] = diskPartitions(imageDisk()) as [ImagePartition, ImagePartition, ImagePartition];
const INSTALLER: ImageInstaller = {
  ...{ target: undefined, afterwards: 'power-off', encryption: 'always', kickstart: false },
};

function planOf(
  partitions: readonly ImagePartition[],
  changes: Parameters<typeof imageConfig>[0] = {},
  binaries: readonly DiskPart[] = [],
) {
  const config = imageConfig({ disk: imageDisk({ partitions }), installer: INSTALLER, ...changes });
  const layout = planLayout(config, imageIdentity(config), () => TREE, 8 * MIB);
  return { layout, ...planInstallation(config, layout, binaries) };
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
    expect(copied.map(({ name }) => name)).toEqual(['1.img', '2.img']);
    expect(copied[1]).toEqual({ name: '2.img', offset: layout.esp!.offset, size: layout.esp!.size });
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

  it('leaves disk and partitions to the scripts of a kickstart', () => {
    const { partitions } = kickstartDisk(imageDisk());
    const { text } = planOf(partitions, { installer: { ...INSTALLER, kickstart: true } });
    expect(text).toContain('target\tkickstart\n');
    // Nothing takes at the first boot what the scripts left free.
    expect(rows(text).map((row) => row[7])).toEqual(['-', '-', '-']);
    expect(rows(planOf([]).text).map((row) => row[7])).toEqual(['-', '-', 'GUID:59']);
    const unattended = [{}, { target: 'only' }, { kickstart: true }].map((changes) =>
      isUnattended({ ...INSTALLER, ...changes }),
    );
    expect(unattended).toEqual([false, true, true]);
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
      `encryption\toptional\ncontainer\t${luksUuid(identity)}\ncontainer-type\tluks2\nplain-root\tUUID=${fileSystemUuid(root, identity)} / ext4`,
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

  it('copies xfs and btrfs whole; they take the rest only where something makes them grow', () => {
    const root: ImagePartition = { ...ROOT, fileSystem: 'xfs', size: 400 * MIB, grow: false };
    const { text, copied, layout, unpacks } = planOf([BIOS, ESP, root]);
    expect(rows(text).at(-1)!.slice(8)).toEqual(['xfs', layout.root!.uuid, 'root', '/', 'whole', '-']);
    expect(copied.at(-1)).toEqual({ name: '3.img', offset: layout.root!.offset, size: 400 * MIB });
    expect(unpacks).toBe(false);
    expect(
      rows(planOf([BIOS, ESP, { ...root, grow: true }]).text)
        .at(-1)!
        .at(-1),
    ).toBe('rest');
    // In a container the file system is smaller than its partition.
    const btrfs: ImagePartition = { ...root, fileSystem: 'btrfs' };
    const sealed = planOf([BIOS, ESP, btrfs], {
      disk: imageDisk({ encryption: diskEncryption({ type: 'luks1' }), partitions: [BIOS, ESP, btrfs] }),
    });
    expect(sealed.copied.at(-1)!.size).toBe(400 * MIB - LUKS_PAYLOAD);
    expect(sealed.text).toContain('container-type\tluks1\n');
  });

  it('makes an MBR by the numbers and types that it has, with the core image of GRUB', () => {
    const data = (id: string): ImagePartition => ({
      ...{ ...ROOT, id, name: id, mount: `/${id}`, label: id, size: 'auto', grow: false },
    });
    const root: ImagePartition = { ...ROOT, flags: ['boot'], grow: false };
    const partitions = [ESP, root, data('srv'), data('opt'), data('home')] as const;
    const disk = imageDisk({ table: 'mbr', partitions });
    const { text, copied, layout } = planOf(partitions, { disk });
    expect(rows(text).map((row) => [row[1], row[4], row[7]])).toEqual([
      ['1', 'ef', '-'],
      ['2', '83', 'bootable'],
      ['3', '83', '-'],
      ['5', '83', '-'],
      ['6', '83', '-'],
    ]);
    const signature = layout.disk.partitions[1]!.uuid.slice(0, 8);
    expect(text).toContain(`table\tmbr\ndisk\t0x${signature}\nroot\t${signature}-02\n`);
    expect(text).toContain('binary\tcore.img\t-\t512\n');
    expect(copied.at(-1)).toEqual({ name: 'core.img', offset: 512, size: MIB - 512 });
  });

  it('says where raw binaries lie, and refuses one that something would grow into', () => {
    const bare: ImagePartition = { ...ROOT, id: 'bare', name: 'bare', size: 4 * MIB, grow: false };
    const partitions = [
      { ...BIOS, start: 4 * MIB },
      ESP,
      { ...ROOT, grow: false },
      { ...bare, fileSystem: undefined, mount: undefined, label: undefined },
    ];
    const { layout } = planOf(partitions);
    const { startLba } = layout.disk.partitions[3]!;
    const parts = [
      { offset: 2 * MIB, size: 100 },
      { offset: startLba * 512 + 4096, size: 200 },
    ];
    const { text, copied } = planOf(partitions, {}, parts);
    expect(text).toContain(`binary\tbinary-1.img\t-\t${2 * MIB}\nbinary\tbinary-2.img\t4\t4096\n`);
    expect(copied.slice(-2)).toEqual([
      { name: 'binary-1.img', ...parts[0] },
      { name: 'binary-2.img', ...parts[1] },
    ]);
    const behind = [{ offset: layout.disk.size - MIB, size: 100 }];
    expect(() => planOf(partitions, {}, behind)).toThrow(expect.objectContaining({ code: 'INSTALLER_DISK' }));
  });

  it('leaves documentation out of what wants none, and of no other partition', () => {
    const share = { ...ROOT, id: 'share', name: 'share', mount: '/usr/share', label: 'share', grow: false };
    const leftOut = (...partitions: ImagePartition[]) =>
      [...planOf(partitions).text.matchAll(/^leave-out\t(.*)$/gm)].map((match) => match[1]);
    const root = { ...ROOT, grow: false, removeDocs: true };
    expect(leftOut(BIOS, ESP, root)).toEqual(
      expect.arrayContaining(['usr/share/doc/*', 'usr/local/share/gtk-doc/*']),
    );
    expect(leftOut(BIOS, ESP, root, share)).not.toContain('usr/share/doc/*');
    expect(leftOut(BIOS, ESP, root, share)).toContain('usr/local/share/man/*');
    expect(leftOut(BIOS, ESP, { ...root, removeDocs: false }, { ...share, removeDocs: true })).toEqual(
      ['doc', 'man', 'info', 'help', 'gtk-doc'].map((name) => `usr/share/${name}/*`),
    );
  });

  it('refuses what would move GRUB, and labels that sfdisk would not take', () => {
    const refused = expect.objectContaining({ code: 'INSTALLER_DISK' });
    expect(() => planOf([ESP, ROOT, BIOS])).toThrow(refused);
    expect(() => planOf([BIOS, ESP, { ...ROOT, name: 'a "root"' }])).toThrow(refused);
    expect(() => planOf([BIOS, ESP, { ...ROOT, label: 'a\troot' }])).toThrow(refused);
  });

  it('refuses a /usr of its own and encrypted partitions of a system that is only offered', () => {
    const other = { ...ROOT, id: 'other', name: 'other', label: 'other', grow: false };
    const usr = { ...other, mount: '/usr' };
    expect(() => planOf([BIOS, ESP, ROOT, usr])).toThrow("it has /usr in the root, not in 'other'");
    const home = { ...other, mount: '/home', encrypted: true };
    const disk = imageDisk({ encryption: diskEncryption(), partitions: [BIOS, ESP, ROOT, home] });
    expect(() => planOf([], { disk })).toThrow("encrypts nothing but the root, and not 'other'");
  });

  it('refuses further disks, also of a system that is only offered', () => {
    const more = {
      ...imageDisk(),
      place: 'otherDisks.0',
      artifactName: 'b',
      formats: [],
      otherArtifacts: [],
    };
    expect(() => planOf([BIOS, ESP, ROOT], { installer: undefined, otherDisks: [more] })).toThrow(
      /installs to one disk/,
    );
  });
});

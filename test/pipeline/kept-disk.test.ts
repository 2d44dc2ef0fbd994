import { describe, expect, it } from 'vitest';
import { PARTITION_TYPES } from '../../toolkit/domain/disk.ts';
import { keepDisk } from '../../toolkit/pipeline/kept-disk.ts';
import type { OpenedDisk, OpenedVolume } from '../../toolkit/pipeline/opened-disk.ts';

const MIB = 1024 ** 2;
const SECTORS = MIB / 512;
const UUID = '11111111-2222-3333-4444-555555555555';
const NOTHING = { entries: [], content: () => (async function* () {})() };
const ext4 = {
  kind: 'tree',
  files: { ...NOTHING, kind: 'ext4', uuid: UUID, label: 'L', hashSeed: UUID, size: 0, dataOf: () => [] },
};
const fat = {
  kind: 'fat',
  files: {
    kind: 'fat32',
    serial: '1234abcd',
    label: 'ESP',
    read: async () => undefined,
    list: async () => [],
  },
};

function volume(
  name: string,
  type: string,
  [start, size]: readonly [start: number, size: number],
  content: unknown,
  mount?: string,
): OpenedVolume {
  return {
    partition: {
      ...{ name, type, uuid: `aaaaaaaa-bbbb-cccc-dddd-${String(start).padStart(12, '0')}`, attributes: 0n },
      ...{ startLba: start * SECTORS, endLba: (start + size) * SECTORS - 1 },
    },
    content: content as OpenedVolume['content'],
    ...{ mount, mountOptions: undefined, mountBy: undefined },
    tree: mount === undefined ? undefined : NOTHING,
  };
}

function disk(
  volumes: readonly OpenedVolume[],
  sizeMib: number,
  fstab = '',
  boot: OpenedDisk['boot'] = 'uefi',
): OpenedDisk {
  const partitions = volumes.map(({ partition }) => partition);
  return {
    ...{ mbr: undefined, verity: undefined, usrVerity: undefined },
    layout: { size: sizeMib * MIB, sectorSize: 512, uuid: UUID, partitions },
    ...{
      volumes,
      fstab,
      boot,
      commandLine: 'quiet',
      loader: undefined,
      selinuxConfig: undefined,
      preset: undefined,
      ...NOTHING,
    },
  };
}

const esp = volume('esp', PARTITION_TYPES.esp, [1, 64], fat);
const root = volume('root', PARTITION_TYPES.rootX8664, [65, 100], ext4, '/');

describe('keepDisk', () => {
  it('asks for the partitions as they are, with their UUIDs', () => {
    const bios = volume('bios', PARTITION_TYPES.biosBoot, [1, 1], { kind: 'boot program' });
    const moved = volume('esp', PARTITION_TYPES.esp, [2, 63], fat);
    const kept = keepDisk(disk([bios, moved, root], 166, '', 'both'));
    expect(kept).toMatchObject({ boot: 'both', size: 'auto', isPlain: true });
    expect(kept.partitions).toMatchObject([
      { id: 'bios', size: MIB, fileSystem: undefined },
      { id: 'esp', size: 'auto', keptSize: 63 * MIB, fileSystem: 'fat32', mount: undefined },
      { id: 'root', size: 'auto', keptSize: 100 * MIB, fileSystem: 'ext4', label: 'L', mount: '/' },
    ]);
    expect(kept.partitions.every(({ start }) => start === undefined)).toBe(true);
    expect(kept.uuids).toMatchObject({
      ...{
        disk: UUID,
        'partition root': root.partition.uuid,
        'file system root': UUID,
        'hash seed root': UUID,
      },
      'file system esp': '1234abcd-0000-0000-0000-000000000000',
    });
  });

  it('keeps gaps between and behind partitions', () => {
    const late = volume('root', PARTITION_TYPES.rootX8664, [80, 100], ext4, '/');
    const kept = keepDisk(disk([esp, late], 1024));
    expect(kept).toMatchObject({ boot: 'uefi', size: 1024 * MIB });
    expect(kept.partitions[1]).toMatchObject({ start: 80 * MIB });
  });

  it('tells mounts of its partitions from others', () => {
    const fstab = `UUID=${UUID} / ext4 defaults 0 1\nUUID=1234-ABCD /boot/efi vfat noauto 0 2\ntmpfs /scratch tmpfs`;
    expect(keepDisk(disk([esp, root], 166, fstab)).otherMounts).toEqual(['tmpfs /scratch tmpfs']);
  });

  it('names partitions by their numbers where labels do not tell them apart', () => {
    const home = volume('data', PARTITION_TYPES.linux, [165, 10], ext4, '/home');
    const srv = volume('data', PARTITION_TYPES.linux, [175, 10], ext4, '/srv');
    const kept = keepDisk(disk([esp, root, home, srv], 186));
    expect(kept.partitions.map(({ id }) => id)).toEqual(['esp', 'root', 'partition3', 'partition4']);
    expect(kept.isPlain).toBe(false);
  });

  it('keeps FAT as it is, which an MBR tells apart where the size does not', () => {
    const [small, old] = [
      { ...fat, files: { ...fat.files, kind: 'fat16' } },
      { ...fat, files: { ...fat.files, kind: 'fat12' } },
    ];
    const data = (content: unknown) => volume('data', PARTITION_TYPES.linux, [165, 10], content, '/data');
    const kindOf = (content: unknown, type?: number) => {
      const read = disk([esp, root, data(content)], 176);
      const mbr = type === undefined ? undefined : { active: undefined, types: [0xef, 0x83, type] };
      return keepDisk({ ...read, mbr }).partitions[2]!.fileSystem;
    };
    expect([fat, small, old].map((content) => kindOf(content))).toEqual(['fat32', 'fat16', 'fat16']);
    expect(kindOf(small, 0x0e)).toBe('fat16');
    expect(kindOf(small, 0x0c)).toBe('vfat');
    expect(kindOf(fat, 0x0c)).toBe('fat32');
  });

  it('refuses what would be lost', () => {
    const nowhere = volume('data', PARTITION_TYPES.linux, [165, 10], ext4);
    expect(() => keepDisk(disk([esp, root, nowhere], 176))).toThrow("'data' of the image is mounted nowhere");
    const erofs = volume('data', PARTITION_TYPES.linux, [165, 10], { kind: 'other', what: 'erofs' }, '/data');
    expect(() => keepDisk(disk([esp, root, erofs], 176))).toThrow('holds erofs, which is not read');
    const empty = volume('data', PARTITION_TYPES.linux, [165, 10], { kind: 'nothing' });
    expect(keepDisk(disk([esp, root, empty], 176)).partitions[2]).toMatchObject({ size: 10 * MIB });
  });
});

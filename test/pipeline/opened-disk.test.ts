import { describe, expect, it } from 'vitest';
import { PARTITION_TYPES } from '../../toolkit/domain/disk.ts';
import { latin1Text } from '../../toolkit/domain/image-bytes.ts';
import { imageIdentity } from '../../toolkit/domain/image-identity.ts';
import { mbrSignature, mbrType } from '../../toolkit/domain/image-partitions.ts';
import { encodeLuks1Header } from '../../toolkit/formats/luks/index.ts';
import { encryptSectors } from '../../toolkit/formats/luks/payload.ts';
import { memorySource } from '../../toolkit/formats/source.ts';
import { keepDisk } from '../../toolkit/pipeline/kept-disk.ts';
import { readDisk } from '../../toolkit/pipeline/opened-disk.ts';
import { BTRFS } from '../formats/support/btrfs.ts';
import { collect } from '../formats/support/bytes.ts';
import { smallFat } from '../formats/support/fat.ts';
import { entry } from '../formats/support/manifest.ts';
import { smallProgram } from '../formats/support/pe.ts';
import { erofsImage, squashfsImage } from '../formats/support/read-only-images.ts';
import { XFS } from '../formats/support/xfs.ts';
import {
  type SmallPartition,
  smallBtrfs,
  smallDisk,
  smallExt4,
  smallMbrDisk,
  smallUuid,
  smallXfs,
} from '../support/small-disk.ts';

const MIB = 1024 ** 2;
const OWN = '99999999-2222-3333-4444-555555555555';

async function root(start: number, fstab: string, type: string): Promise<SmallPartition> {
  const entries = [
    ...[entry('', 'directory'), entry('etc', 'directory')],
    entry('etc/fstab', 'file', { content: fstab }),
  ];
  return { name: 'root', type, start, size: 16, bytes: await smallExt4(entries) };
}

async function read(disk: Buffer) {
  return await readDisk(memorySource(disk), disk.length);
}

describe('readDisk', () => {
  it('opens a disk that nothing starts, whose root only its fstab tells', async () => {
    const data = { name: 'data', type: PARTITION_TYPES.linux, start: 1, size: 16 };
    const bytes = await smallExt4([entry('', 'directory'), entry('mine', 'file', { content: 'x' })]);
    const fstab = `PARTUUID=${smallUuid(2)} / ext4 defaults 0 1\nPARTUUID=${smallUuid(1)} /srv ext4 noatime 0 2\n`;
    const disk = await read(smallDisk([{ ...data, bytes }, await root(17, fstab, PARTITION_TYPES.linux)]));
    expect(disk).toMatchObject({ boot: 'none', commandLine: undefined, loader: undefined });
    expect(disk.entries.map(({ path }) => latin1Text(path))).toEqual([
      '',
      'etc',
      'etc/fstab',
      'srv',
      'srv/mine',
    ]);
    const kept = keepDisk(disk);
    expect(kept).toMatchObject({ boot: 'none', size: 'auto', isPlain: false });
    expect(kept.partitions).toMatchObject([
      { id: 'data', mount: '/srv', mountOptions: 'noatime', keptSize: 16 * MIB },
      { id: 'root', mount: '/', mountBy: 'partuuid', type: PARTITION_TYPES.linux },
    ]);
  });

  it('opens a root of btrfs and a partition of xfs, and would make both again', async () => {
    const fstab = `UUID=${OWN} / btrfs defaults 0 0\nLABEL=data /srv xfs noatime 0 0\n`;
    const top = [
      ...[entry('', 'directory'), entry('etc', 'directory'), entry('srv', 'directory')],
      entry('etc/fstab', 'file', { content: fstab }),
      entry('lost+found', 'directory'),
    ];
    const mine = [entry('', 'directory', { mode: 0o750 }), entry('mine', 'file', { content: 'x', uid: 7 })];
    const parts = { name: '', type: PARTITION_TYPES.linux };
    const disk = await read(
      smallDisk([
        { ...parts, start: 1, size: 300, bytes: await smallXfs(mine) },
        {
          ...parts,
          type: PARTITION_TYPES.rootX8664,
          start: 301,
          size: 64,
          bytes: await smallBtrfs(top, OWN),
        },
      ]),
    );
    const paths = disk.entries.map(({ path }) => latin1Text(path));
    expect(paths).toEqual(['', 'etc', 'etc/fstab', 'lost+found', 'srv', 'srv/mine']);
    expect(disk.entries.at(-2)).toMatchObject({ mode: 0o750 });
    expect(disk.entries.at(-1)).toMatchObject({ uid: 7, size: 1 });
    expect((await collect(disk.content(disk.entries.at(-1)!))).toString()).toBe('x');
    const kept = keepDisk(disk);
    expect(kept.partitions).toMatchObject([
      { id: 'srv', fileSystem: 'xfs', label: 'data', mount: '/srv', mountBy: 'label', keptSize: 300 * MIB },
      { id: 'root', fileSystem: 'btrfs', label: 'data', mount: '/', mountBy: 'uuid', keptSize: 64 * MIB },
    ]);
    expect(kept.uuids).toMatchObject({ 'file system srv': XFS.uuid, 'file system root': OWN });
    expect(kept.uuids).toMatchObject({
      'btrfs device root': BTRFS.deviceUuid,
      'btrfs chunk tree root': BTRFS.chunkTreeUuid,
      'btrfs subvolume root': BTRFS.subvolumeUuid,
    });
  }, 120_000);

  it('opens a disk with an MBR, and would write the same table again', async () => {
    const fstab = [
      'PARTUUID=c0ffee01-03 / ext4 defaults 0 1',
      'PARTUUID=c0ffee01-05 /home ext4 defaults 0 2',
      'PARTUUID=c0ffee01-06 /srv ext4 defaults 0 2',
    ].join('\n');
    const [plain, linux] = [{ active: false }, { type: 0x83, active: false }];
    const folder = async () => await smallExt4([entry('', 'directory')]);
    const uki = smallProgram({ '.cmdline': Buffer.from('quiet') });
    const programs = smallFat({ 'EFI/BOOT/BOOTX64.EFI': uki });
    const disk = await read(
      smallMbrDisk([
        { ...plain, name: '', type: 0xef, start: 1, size: 2, bytes: programs },
        { ...linux, name: '', start: 3, size: 1, bytes: new Uint8Array() },
        { ...(await root(4, fstab, '')), ...linux, active: true },
        // Each has its table in the MiB before it.
        { ...linux, name: '', start: 21, size: 16, bytes: await folder() },
        { ...linux, name: '', start: 40, size: 16, bytes: await folder() },
      ]),
    );
    expect(disk.boot).toBe('uefi');
    const kept = keepDisk(disk);
    expect(kept).toMatchObject({ table: 'mbr', boot: 'uefi', size: 'auto' });
    expect(kept.partitions).toMatchObject([
      { id: 'esp', fileSystem: 'fat32', flags: [], start: undefined, name: undefined },
      { id: 'partition2', fileSystem: undefined, size: MIB },
      { id: 'root', mount: '/', flags: ['boot'], start: undefined },
      { id: 'home', mount: '/home', mountBy: 'partuuid', start: undefined },
      { id: 'srv', mount: '/srv', start: 40 * MIB },
    ]);
    const identity = imageIdentity({ name: 'a', version: '1', keptUuids: kept.uuids });
    expect(mbrSignature(identity)).toBe(0xc0ffee01);
    expect(kept.partitions.map(mbrType)).toEqual([0xef, 0x83, 0x83, 0x83, 0x83]);
  });

  it('refuses a type of an MBR that would become another one', async () => {
    const place = { ...(await root(1, 'PARTUUID=c0ffee01-01 / ext4\n', '')), active: false };
    const disk = await read(smallMbrDisk([{ ...place, type: 0x8e }]));
    expect(() => keepDisk(disk)).toThrow('partition 1 of the image has the type 0x8e');
  });

  it('tells what starts a disk by the programs on it', async () => {
    const uki = smallProgram({ '.cmdline': Buffer.from('quiet') });
    const esp = { name: 'esp', type: PARTITION_TYPES.esp, start: 1, size: 2 };
    const programs = smallFat({ 'EFI/BOOT/BOOTX64.EFI': uki });
    const place = await root(3, '', PARTITION_TYPES.rootX8664);
    const bootCode = Buffer.from([0xeb, 0x63]);
    const bootOf = async (bytes: Uint8Array, code?: Uint8Array) =>
      (await read(smallDisk([{ ...esp, bytes }, place], code))).boot;
    expect(await bootOf(programs)).toBe('uefi');
    expect(await bootOf(programs, bootCode)).toBe('both');
    expect(await bootOf(smallFat({ FILE: Buffer.from('x') }), bootCode)).toBe('bios');
    expect(await bootOf(smallFat({ FILE: Buffer.from('x') }))).toBe('none');
  });

  it.each([
    ['erofs', erofsImage, { uuid: '11111111-2222-3333-4444-555555555555' }],
    ['squashfs', squashfsImage, {}],
  ] as const)(
    'opens a root of %s, which keeps its size',
    async (fileSystem, bytes, { uuid }: { uuid?: string }) => {
      const place = { name: 'root', type: PARTITION_TYPES.rootX8664, start: 1, size: 3, bytes };
      const disk = await read(smallDisk([place]));
      expect(disk.entries.find(({ path }) => latin1Text(path) === 'setuid')).toMatchObject({
        ...{ mode: 0o4755, uid: 70000, gid: 70001 },
      });
      const kept = keepDisk(disk);
      expect(kept.partitions).toMatchObject([{ id: 'root', fileSystem, mount: '/', keptSize: 3 * MIB }]);
      expect(kept.uuids['file system root']).toBe(uuid);
    },
  );

  it('opens an encrypted root by its passphrase only', async () => {
    const [volumeKey, passphrase] = [Buffer.alloc(64, 'key of 19 bytes ...'), Buffer.from('open sesame')];
    const { bytes, ...place } = await root(1, '/dev/mapper/root / ext4\n', PARTITION_TYPES.rootX8664);
    const uuid = '12345678-1234-4321-8765-123456789abc';
    const random = (length: number) => Buffer.alloc(length, 5);
    const header = encodeLuks1Header({ uuid, volumeKey, passphrase, random, iterations: 10 });
    const container = Buffer.alloc(32 * MIB);
    container.set(header);
    container.set(encryptSectors(bytes, volumeKey, 0), 16 * MIB);
    const disk = smallDisk([{ ...place, size: 32, bytes: container }]);
    const opened = await readDisk(memorySource(disk), disk.length, passphrase);
    expect(opened.fstab).toContain('/dev/mapper/root');
    const kept = keepDisk(opened);
    expect(kept).toMatchObject({ encryption: 'luks1', uuids: { 'luks root': uuid } });
    expect(kept.partitions).toMatchObject([{ fileSystem: 'ext4', mount: '/', keptSize: 32 * MIB }]);
    await expect(read(disk)).rejects.toMatchObject({ code: 'IMAGE_ENCRYPTION' });
    const wrong = readDisk(memorySource(disk), disk.length, Buffer.from('x'));
    await expect(wrong).rejects.toMatchObject({ code: 'LUKS_PASSPHRASE' });
  });

  it('opens what else is encrypted by the same passphrase, and would encrypt it again', async () => {
    const [volumeKey, passphrase] = [Buffer.alloc(64, 'key of 19 bytes ...'), Buffer.from('open sesame')];
    const containerOf = (bytes: Buffer, uuid: string): Buffer => {
      const random = (length: number) => Buffer.alloc(length, 5);
      const container = Buffer.alloc(32 * MIB);
      container.set(encodeLuks1Header({ uuid, volumeKey, passphrase, random, iterations: 10 }));
      container.set(encryptSectors(bytes, volumeKey, 0), 16 * MIB);
      return container;
    };
    const fstab = '/dev/mapper/root / ext4\n/dev/mapper/luks-home /home ext4 rw,noauto,x-initrd.mount 0 0\n';
    const { bytes, type } = await root(1, fstab, PARTITION_TYPES.rootX8664);
    const home = await smallExt4([entry('', 'directory'), entry('ada', 'directory')]);
    const [one, other] = ['12345678-1234-4321-8765-123456789abc', '22345678-1234-4321-8765-123456789abc'];
    const commandLine = `root=/dev/mapper/root rd.luks.name=${one}=root rd.luks.name=${other}=luks-home rd.distrokit.swap=PARTUUID=${smallUuid(4)}`;
    const uki = smallProgram({ '.cmdline': Buffer.from(commandLine) });
    const disk = smallDisk([
      {
        name: 'esp',
        type: PARTITION_TYPES.esp,
        start: 1,
        size: 2,
        bytes: smallFat({ 'EFI/BOOT/BOOTX64.EFI': uki }),
      },
      { name: 'root', type, start: 3, size: 32, bytes: containerOf(Buffer.from(bytes), one) },
      { name: 'data', type: PARTITION_TYPES.linux, start: 35, size: 32, bytes: containerOf(home, other) },
      {
        name: 'swap',
        type: PARTITION_TYPES.swap,
        start: 67,
        size: 1,
        bytes: Buffer.alloc(MIB, 'left of a former start'),
      },
    ]);
    const opened = await readDisk(memorySource(disk), disk.length, passphrase);
    expect(opened.entries.map(({ path }) => latin1Text(path))).toContain('home/ada');
    const kept = keepDisk(opened);
    expect(kept.uuids).toMatchObject({ 'luks root': one, 'luks partition data': other });
    expect(kept.partitions.slice(1)).toMatchObject([
      { id: 'root', mount: '/' },
      { id: 'data', mount: '/home', fileSystem: 'ext4', encrypted: true },
      { id: 'swap', fileSystem: 'swap', encrypted: true, size: MIB },
    ]);
    expect(kept.partitions[1]).not.toHaveProperty('encrypted');
    expect(kept.otherMounts).toEqual([]);
  });
});

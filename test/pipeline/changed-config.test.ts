import { describe, expect, it } from 'vitest';
import { loadImageConfig } from '../../toolkit/config/image.ts';
import { PARTITION_TYPES } from '../../toolkit/domain/disk.ts';
import type { ImagePartition } from '../../toolkit/domain/image-config/disk.ts';
import { imageIdentity } from '../../toolkit/domain/image-identity.ts';
import { OVERLAY_PROGRAM } from '../../toolkit/domain/image-verity.ts';
import type { Root } from '../../toolkit/domain/ports.ts';
import { changedConfig } from '../../toolkit/pipeline/changed-config.ts';
import type { Context } from '../../toolkit/pipeline/context.ts';
import type { KeptDisk } from '../../toolkit/pipeline/kept-disk.ts';
import { diskVerity } from '../support/image-host.ts';
import { textFolders } from '../support/text-folder.ts';

const MIB = 1024 ** 2;
const folderOf = textFolders();
const PLAIN: ImagePartition = {
  ...{ id: '', name: undefined, type: undefined, flags: [], start: undefined, size: 'auto', grow: true },
  ...{ label: undefined, mount: undefined, mountOptions: undefined, mountBy: 'partuuid', removeDocs: false },
  ...{ fileSystem: undefined, overlayBase: undefined, rdiffBase: undefined, artifacts: [] },
};
const ROOT: ImagePartition = {
  ...{ ...PLAIN, id: 'top', fileSystem: 'ext4', label: 'L', mount: '/', keptSize: 900 },
};
const ESP: ImagePartition = {
  ...{ ...PLAIN, id: 'esp', fileSystem: 'fat32', mount: '/boot/efi', keptSize: 100 },
};
const kept: KeptDisk = {
  ...{
    boot: 'uefi',
    loader: 'systemd-boot',
    table: 'gpt',
    verity: undefined,
    usrVerity: undefined,
    encryption: undefined,
    size: 'auto',
    partitions: [ESP, ROOT],
    uuids: { disk: 'x' },
  },
  ...{ otherMounts: ['tmpfs /scratch tmpfs'], isPlain: true },
};
const OWN = 'rootfstype=ext4 root=PARTUUID=12 rw console=tty0 console=ttyS0,115200';

async function change(
  text: string,
  words = '',
  more: {
    selinuxConfig?: string;
    kept?: KeptDisk;
    commandLine?: undefined;
    sha256?: string;
    fstab?: string;
  } = {},
) {
  const folder = await folderOf({ p: 'open sesame\n', 'a.yaml': `version: "1.0"\nformats: [raw]\n${text}` });
  const loaded = await loadImageConfig('a.yaml', folder, { changesImage: true });
  const fstab = 'UUID=1 / ext4\ntmpfs /scratch tmpfs\n';
  const base = {
    sha256: 'base',
    commandLine: `${OWN} ${words}`,
    fstab,
    selinuxConfig: undefined,
    kept,
    ...more,
  };
  // Nothing of these is asked where there is no password.
  const [tools, context] = [{} as Root, { ports: {} } as Context];
  return await changedConfig(loaded, base, tools, context, AbortSignal.timeout(10_000));
}

describe('changedConfig', () => {
  it('gives an image no further disks, and says where they are asked for', async () => {
    await expect(change('otherDisks: [{size: 4M}]')).rejects.toMatchObject({
      code: 'IMAGE_PARTITIONS',
      message: 'a.yaml:3:13: an image is not given further disks',
    });
  });

  it('keeps what the image is started with, and how', async () => {
    const { config, mounts } = await change('kernelArgs: after', 'before=1');
    expect(config).toMatchObject({ kernelArgs: 'before=1 after', keptUuids: { disk: 'x' } });
    expect(config.disk).toMatchObject({ boot: 'uefi', loader: 'systemd-boot' });
    expect(mounts).toEqual({ keepsDisk: true, lines: ['UUID=1 / ext4', 'tmpfs /scratch tmpfs'] });
  });

  it('gives everything other UUIDs where that is asked, always the same of one image', async () => {
    const text = 'base: {uuids: reset}';
    const { config, mounts } = await change(text);
    expect(mounts).toEqual({ keepsDisk: true, isMadeAnew: true, lines: ['tmpfs /scratch tmpfs'] });
    const { uuidSeed: _, ...same } = config;
    const before = imageIdentity(same);
    const identity = imageIdentity(config);
    for (const key of ['disk', 'rootPartition', 'rootFileSystem', 'espSerial'] as const) {
      expect(identity[key]).not.toBe(before[key]);
    }
    expect(imageIdentity((await change(text)).config).disk).toBe(identity.disk);
    expect(imageIdentity((await change(text, '', { sha256: 'other' })).config).disk).not.toBe(identity.disk);
  });

  it('keeps overlays that its initramfs mounts, as nothing else would', async () => {
    const line =
      'overlay /etc overlay lowerdir=/sysroot/etc,upperdir=/sysroot/u,workdir=/sysroot/w,x-initrd.mount,nofail 0 0';
    const image = { fstab: `UUID=1 / ext4\n${line}\n` };
    expect((await change('', '', image)).config.overlays).toMatchObject([{ mount: '/etc', early: true }]);
    const own = 'overlays: [{mount: /etc, lower: [/etc], upper: /a, work: /b}]';
    expect((await change(own, '', image)).config.overlays).toMatchObject([{ mount: '/etc', early: false }]);
  });

  it('drops its arguments where that is asked', async () => {
    const { config } = await change('base: {kernelArgs: drop}\nkernelArgs: after', 'before=1');
    expect(config.kernelArgs).toBe('after');
  });

  it('keeps the mode of SELinux, unless another is said', async () => {
    const words = 'security=selinux selinux=1 quiet';
    const image = { selinuxConfig: 'SELINUX=permissive\nSELINUXTYPE=targeted\n' };
    const same = await change('', words, image);
    expect(same.config).toMatchObject({ selinux: { mode: 'permissive' }, kernelArgs: 'quiet' });
    const forced = await change('', `${words} enforcing=1`, image);
    expect(forced.config).toMatchObject({ selinux: { mode: 'force-enforcing' }, kernelArgs: 'quiet' });
    const off = await change('selinux: {mode: disabled}', words, image);
    expect(off.config).toMatchObject({ selinux: { mode: 'disabled' }, kernelArgs: 'quiet' });
    expect((await change('', 'quiet', image)).config.selinux.mode).toBe('disabled');
  });

  it('makes a disk that starts otherwise anew, where it has only a root', async () => {
    const { config, mounts } = await change('disk: {boot: both}');
    expect(config.disk).toMatchObject({ boot: 'both', loader: undefined });
    expect(config.disk.partitions).toMatchObject([
      { id: 'bios', size: MIB },
      { id: 'esp', size: 'auto', keptSize: 100 },
      { id: 'top', fileSystem: 'ext4', label: 'L', mountBy: 'partuuid', keptSize: 900, grow: true },
    ]);
    expect(mounts).toEqual({ keepsDisk: false, lines: ['tmpfs /scratch tmpfs'] });
    const divided = { kept: { ...kept, isPlain: false } };
    await expect(change('disk: {boot: both}', '', divided)).rejects.toMatchObject({
      code: 'IMAGE_PARTITIONS',
    });
  });

  it('keeps the kind of a root that starts otherwise, where it can be what is asked for', async () => {
    const image = (fileSystem: 'btrfs' | 'erofs') => ({
      kept: { ...kept, partitions: [ESP, { ...ROOT, fileSystem }] },
    });
    const rootOf = async (text: string, fileSystem: 'btrfs' | 'erofs') =>
      (await change(text, '', image(fileSystem))).config.disk.partitions.find(({ mount }) => mount === '/');
    expect(await rootOf('disk: {boot: both}', 'btrfs')).toMatchObject({ fileSystem: 'btrfs', grow: true });
    expect(await rootOf('disk: {boot: both}', 'erofs')).toMatchObject({ fileSystem: 'erofs', grow: false });
    expect(await rootOf('disk: {verity: {}}', 'erofs')).toMatchObject({ fileSystem: 'erofs', keptSize: 900 });
    const sized = await rootOf('disk: {boot: both, size: 4G}', 'btrfs');
    expect(sized).toMatchObject({ size: 'max', fileSystem: 'btrfs' });
    expect(sized).not.toHaveProperty('keptSize');
    await expect(rootOf('disk: {verity: {}}', 'btrfs')).rejects.toMatchObject({
      ...{ code: 'IMAGE_VERITY', hint: expect.stringContaining('ext4, erofs, squashfs') },
    });
  });

  it('keeps sizes of partitions that are asked for without one', async () => {
    const esp = '{id: esp, flags: [esp], fileSystem: vfat, mount: /boot/efi, size: auto}';
    const text = `disk: {boot: uefi, partitions: [${esp}, {id: r, fileSystem: ext4, mount: /}]}`;
    const sizes = async (more: string) =>
      (await change(text.replace('boot:', `${more} boot:`))).config.disk.partitions.map(
        ({ keptSize }) => keptSize,
      );
    expect(await sizes('')).toEqual([undefined, 900]);
    expect(await sizes('size: 4G,')).toEqual([undefined, undefined]);
  });

  it('keeps an MBR, whose signature is no UUID of another table', async () => {
    const image = { kept: { ...kept, table: 'mbr', uuids: { disk: 'c0ffee01-0', other: 'x' } } } as const;
    const same = await change('', '', image);
    expect(same.config).toMatchObject({ disk: { table: 'mbr' }, keptUuids: { disk: 'c0ffee01-0' } });
    expect(same.mounts.keepsDisk).toBe(true);
    const other = await change('disk: {table: gpt}', '', image);
    expect(other.config.disk).toMatchObject({ table: 'gpt', partitions: [{}, { id: 'top' }] });
    expect(other.config.keptUuids).toEqual({ other: 'x' });
    const divided =
      'disk: {boot: uefi, partitions: [{id: esp, flags: [esp], fileSystem: vfat}, {id: r, fileSystem: ext4, mount: /}]}';
    expect((await change(divided, '', image)).config.disk.table).toBe('gpt');
    expect((await change('disk: {table: mbr}')).config.keptUuids).toEqual({ disk: 'x' });
  });

  it('keeps a dm-verity root, whose words on the command line are made anew', async () => {
    const verity = diskVerity({ overlays: ['/var'] });
    const image = { kept: { ...kept, verity } };
    const words = `dm-mod.waitfor=a,b dm-mod.create="root,x,,ro,0 8 verity 1" init=${OVERLAY_PROGRAM} quiet`;
    const same = await change('', words, image);
    expect(same.config).toMatchObject({ kernelArgs: 'quiet', disk: { verity } });
    expect(same.mounts.keepsDisk).toBe(true);
    const other = await change('disk: {verity: {onCorruption: panic}}', words, image);
    expect(other.config.disk.verity).toMatchObject({ onCorruption: 'panic', overlays: [] });
    expect(other.mounts.keepsDisk).toBe(true);
    await expect(change('disk: {boot: both}', words, image)).rejects.toMatchObject({ code: 'IMAGE_VERITY' });
  });

  it('keeps a verified /usr likewise', async () => {
    const { name: _, ...usrVerity } = diskVerity({ onCorruption: 'restart' });
    const image = { kept: { ...kept, usrVerity, isPlain: false } };
    const words = 'rd.systemd.verity_usr_data=a rd.systemd.verity_usr_hash=b rd.usrhash=c quiet';
    const same = await change('', words, image);
    expect(same.config).toMatchObject({ kernelArgs: 'quiet', disk: { usrVerity, verity: undefined } });
    expect(same.mounts.keepsDisk).toBe(true);
    const other = await change('disk: {usrVerity: {onCorruption: panic}}', words, image);
    expect(other.config.disk.usrVerity).toMatchObject({ onCorruption: 'panic' });
    const partitions =
      'disk: {boot: uefi, partitions: [{id: esp, flags: [esp], fileSystem: vfat}, {id: r, fileSystem: ext4, mount: /}]}';
    await expect(change(partitions, words, image)).rejects.toThrow('the image has a verified /usr');
    await expect(change('disk: {usrVerity: {}}', '', { kept: { ...kept, isPlain: false } })).rejects.toThrow(
      'not given a dm-verity root or /usr',
    );
  });

  describe('partitions that the image has', () => {
    const one = (name: string, changes: object) => ({
      ...{ id: name, name, type: undefined, flags: [], start: undefined, size: 'auto', grow: true },
      ...{ fileSystem: undefined, label: undefined, mount: undefined, mountOptions: undefined },
      ...{ mountBy: 'uuid', removeDocs: false, overlayBase: undefined, rdiffBase: undefined, artifacts: [] },
      ...changes,
    });
    const partitions = [
      one('root', { fileSystem: 'ext4', mount: '/' }),
      one('u', { fileSystem: 'ext4', mount: '/usr' }),
      one('h', { size: 1048576 }),
    ] as KeptDisk['partitions'];
    const image = {
      kept: { ...kept, partitions, isPlain: false },
      fstab: 'UUID=1 / ext4\nUUID=2 /usr ext4\n',
    };
    const said = (data: string, hashes: string) =>
      `base: {verityPartitions: {usr: {data: ${data}, hashes: ${hashes}}}}\ndisk: {usrVerity: {}}`;

    it('get hashes where they are named, and are mounted otherwise', async () => {
      const { config, mounts } = await change(said('u', 'h'), '', image);
      expect(config.disk.partitions.slice(1)).toMatchObject([
        { id: 'u', mount: '/usr', grow: false },
        { id: 'h', type: PARTITION_TYPES.usrVerityX8664, size: 1048576 },
      ]);
      expect(config.disk.usrVerity).toMatchObject({ onCorruption: 'io-error' });
      expect(mounts).toEqual({ keepsDisk: true, isMadeAnew: true, lines: ['tmpfs /scratch tmpfs'] });
    });

    it.each([
      ['v', 'h', "the partition 'v' of the image is not there"],
      ['root', 'h', "the partition 'root' of the image is not mounted at /usr"],
      ['u', 'root', "the partition 'root' of the image has a file system"],
    ])('are refused where they cannot: %s, %s', async (data, hashes, message) => {
      await expect(change(said(data, hashes), '', image)).rejects.toThrow(message);
    });
  });

  it('wants the key again where the root hash is signed', async () => {
    const image = { kept: { ...kept, verity: diskVerity({ signed: true }) } };
    await expect(change('', '', image)).rejects.toMatchObject({ code: 'IMAGE_VERITY' });
    const words =
      'root=/dev/mapper/root rd.systemd.verity_root_data=a rd.roothash=b rd.verity.validate quiet';
    const { config } = await change('disk: {verity: {validateOnBoot: true}}', words, image);
    expect(config).toMatchObject({ kernelArgs: 'quiet', disk: { verity: { validateOnBoot: true } } });
  });

  it('keeps an encrypted root, in the container that it has or is told', async () => {
    const image = { kept: { ...kept, encryption: 'luks1' } } as const;
    const words = 'root=/dev/mapper/root rd.luks.name=12-34=root quiet';
    const said = 'disk: {encryption: {passphraseFile: p}}';
    const same = await change(said, words, image);
    expect(same.config).toMatchObject({ kernelArgs: 'quiet', disk: { encryption: { type: 'luks1' } } });
    expect(same.mounts.keepsDisk).toBe(true);
    const other = await change('disk: {encryption: {type: luks2, passphraseFile: p}}', words, image);
    expect(other.config.disk.encryption).toMatchObject({ type: 'luks2' });
    await expect(change(said)).rejects.toMatchObject({ code: 'IMAGE_ENCRYPTION' });
  });

  it('gives an image a dm-verity root, with the partitions for it', async () => {
    const { config, mounts } = await change('disk: {verity: {}}');
    expect(config.disk).toMatchObject({ verity: { name: 'root' }, loader: 'systemd-boot' });
    expect(config.disk.partitions.map(({ id, grow }) => [id, grow])).toEqual([
      ['esp', false],
      ['top', false],
      ['root-verity', false],
    ]);
    expect(mounts.keepsDisk).toBe(false);
    const divided = { kept: { ...kept, isPlain: false } };
    await expect(change('disk: {verity: {}}', '', divided)).rejects.toMatchObject({
      ...{ code: 'IMAGE_PARTITIONS', message: expect.stringContaining('not given a dm-verity root') },
    });
  });

  it('refuses a disk of which nobody knows how it is started', async () => {
    const silent = { commandLine: undefined };
    await expect(change('', '', silent)).rejects.toMatchObject({ code: 'IMAGE_COMMAND_LINE' });
  });

  it('takes a disk that nothing starts as it is, and starts it where that is said', async () => {
    const silent = { commandLine: undefined, kept: { ...kept, boot: 'none', loader: undefined } } as const;
    const { config } = await change('', '', silent);
    expect(config).toMatchObject({ kernelArgs: '', disk: { boot: 'none', loader: undefined } });
    const started = await change('disk: {boot: uefi}', '', silent);
    expect(started.config.disk).toMatchObject({ boot: 'uefi', partitions: [{ id: 'esp' }, { id: 'top' }] });
  });
});

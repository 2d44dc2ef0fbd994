import { describe, expect, it } from 'vitest';
import { PARTITION_TYPES } from '../../toolkit/domain/disk.ts';
import { latin1Text } from '../../toolkit/domain/image-bytes.ts';
import { VERITY_BLOCK, verityBytes } from '../../toolkit/domain/verity.ts';
import { overlayProgram } from '../../toolkit/domain/verity-overlays.ts';
import { memorySource } from '../../toolkit/formats/source.ts';
import { writeVerityTree } from '../../toolkit/formats/verity/index.ts';
import { checkRootHash, readVerity } from '../../toolkit/pipeline/disk-verity.ts';
import { keepDisk } from '../../toolkit/pipeline/kept-disk.ts';
import { readDisk } from '../../toolkit/pipeline/opened-disk.ts';
import { smallFat } from '../formats/support/fat.ts';
import { entry } from '../formats/support/manifest.ts';
import { smallProgram } from '../formats/support/pe.ts';
import { smallDisk, smallExt4, smallUuid } from '../support/small-disk.ts';

const MIB = 1024 ** 2;
const UUID = '01234567-89ab-cdef-0123-456789abcdef';
const SALT = Buffer.alloc(32, 7);

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** A disk with an ESP, a root and its hashes, as the toolkit makes it; an initramfs opens it by `words`. */
async function verityDisk(words?: string): Promise<Buffer> {
  const root = await smallExt4([
    ...[entry('', 'directory'), entry('etc', 'directory')],
    entry('etc/fstab', 'file', { content: '/dev/dm-0 / ext4 ro 0 0\n' }),
  ]);
  const dataBlocks = root.length / VERITY_BLOCK;
  const hashes = Buffer.alloc(verityBytes(root.length));
  const options = { uuid: UUID, salt: SALT };
  const rootHash = await writeVerityTree(pieces(root), dataBlocks, options, async ({ offset, bytes }) => {
    hashes.set(bytes, offset);
  });
  const [data, hash] = [`PARTUUID=${smallUuid(2)}`, `PARTUUID=${smallUuid(3)}`];
  const table = `0 ${dataBlocks * 8} verity 1 ${data} ${hash} 4096 4096 ${dataBlocks} 1 sha256 ${rootHash}`;
  const create = `dm-mod.create="root,CRYPT-VERITY-${UUID.replaceAll('-', '')}-root,,ro,${table} ${SALT.toString('hex')} 1 panic_on_corruption"`;
  const byKernel = `root=/dev/dm-0 ro dm-mod.waitfor=${data},${hash} ${create}`;
  const byInitramfs = [
    `root=/dev/mapper/root ro rd.systemd.verity_root_data=${data} rd.systemd.verity_root_hash=${hash}`,
    `rd.roothash=${rootHash} ${words}`,
  ].join(' ');
  const commandLine = `rootfstype=ext4 ${words === undefined ? byKernel : byInitramfs} quiet`;
  const uki = smallProgram({ '.cmdline': Buffer.from(commandLine) });
  return smallDisk([
    {
      name: 'esp',
      type: PARTITION_TYPES.esp,
      start: 1,
      size: 2,
      bytes: smallFat({ 'EFI/BOOT/BOOTX64.EFI': uki }),
    },
    { name: 'root', type: PARTITION_TYPES.rootX8664, start: 3, size: 16, bytes: root },
    { name: 'root-verity', type: PARTITION_TYPES.rootVerityX8664, start: 19, size: 1, bytes: hashes },
  ]);
}

/** A disk whose /usr alone is verified, and where a byte of that is. */
async function usrDisk(): Promise<{ readonly bytes: Buffer; readonly at: number }> {
  const fstab =
    'LABEL=root / ext4 defaults 0 1\n/dev/mapper/usr /usr ext4 ro,noauto,x-initrd.mount 0 0\ntmpfs /scratch tmpfs\n';
  const root = await smallExt4([
    ...[entry('', 'directory'), entry('etc', 'directory'), entry('usr', 'directory')],
    entry('etc/fstab', 'file', { content: fstab }),
  ]);
  const usr = await smallExt4([entry('', 'directory'), entry('bin', 'directory')], { label: 'usr' });
  const hashes = Buffer.alloc(verityBytes(usr.length));
  const options = { uuid: UUID, salt: SALT };
  const blocks = usr.length / VERITY_BLOCK;
  const hash = await writeVerityTree(pieces(usr), blocks, options, async ({ offset, bytes }) => {
    hashes.set(bytes, offset);
  });
  const words = [
    `root=UUID=x rw rd.systemd.verity_usr_data=PARTUUID=${smallUuid(3)} rd.systemd.verity_usr_hash=PARTUUID=${smallUuid(4)}`,
    `rd.usrhash=${hash} rd.systemd.verity_usr_options=restart-on-corruption rd.verity.validate=usr quiet`,
  ];
  const uki = smallProgram({ '.cmdline': Buffer.from(words.join(' ')) });
  const esp = smallFat({ 'EFI/BOOT/BOOTX64.EFI': uki });
  const types = PARTITION_TYPES;
  const bytes = await smallDisk([
    { name: 'esp', type: types.esp, start: 1, size: 2, bytes: esp },
    { name: 'root', type: types.rootX8664, start: 3, size: 16, bytes: root },
    { name: 'usr', type: types.usrX8664, start: 19, size: 16, bytes: usr },
    { name: 'usr-verity', type: types.usrVerityX8664, start: 35, size: 1, bytes: hashes },
  ]);
  return { bytes, at: 34 * MIB };
}

describe('a disk with a dm-verity root', () => {
  it('is opened as plain data, and asked for again as it is', async () => {
    const bytes = await verityDisk();
    const disk = await readDisk(memorySource(bytes), bytes.length);
    await checkRootHash(disk, memorySource(bytes));
    const kept = keepDisk(disk);
    expect(kept).toMatchObject({ boot: 'uefi', size: 'auto', isPlain: true, otherMounts: [] });
    expect(kept.verity).toMatchObject({ name: 'root', onCorruption: 'panic', overlays: [] });
    expect(kept.uuids).toMatchObject({ 'verity root': UUID, 'partition root-verity': smallUuid(3) });
    expect(kept.partitions.slice(1)).toMatchObject([
      { id: 'root', mount: '/', keptSize: 16 * MIB },
      { id: 'root-verity', size: 'auto', keptSize: MIB, fileSystem: undefined, mount: undefined },
    ]);
  });

  it('is known where an initramfs opens it', async () => {
    const opened = async (words: string) => {
      const bytes = await verityDisk(words);
      const disk = await readDisk(memorySource(bytes), bytes.length);
      await checkRootHash(disk, memorySource(bytes));
      const { verity, uuids } = keepDisk(disk);
      expect(uuids).toMatchObject({ 'verity root': UUID });
      return verity;
    };
    const plain = { name: 'root', onCorruption: 'io-error', errorCorrection: false, signed: false };
    expect(await opened('')).toMatchObject({ ...plain, validateOnBoot: false });
    expect(await opened('rd.verity.validate')).toMatchObject({ ...plain, validateOnBoot: true });
    const option = 'rd.systemd.verity_root_options=';
    const options = `${option}restart-on-corruption,fec-device=PARTUUID=1,fec-offset=4096,fec-roots=4`;
    expect(await opened(`${options},root-hash-signature=base64:AAA=`)).toMatchObject({
      ...{ onCorruption: 'restart', errorCorrection: true, errorCorrectionRoots: 4, signed: true },
    });
    const bytes = await verityDisk(`${option}no-read-workqueue`);
    const disk = await readDisk(memorySource(bytes), bytes.length);
    expect(() => keepDisk(disk)).toThrow('in another way than distrokit');
  });

  it('is refused where its root is not what was hashed', async () => {
    const bytes = await verityDisk();
    bytes.writeUInt8(bytes.readUInt8(18 * MIB) ^ 1, 18 * MIB);
    const disk = await readDisk(memorySource(bytes), bytes.length);
    await expect(checkRootHash(disk, memorySource(bytes))).rejects.toMatchObject({ code: 'IMAGE_VERITY' });
  });

  it('has a /usr that is read likewise, and kept', async () => {
    const { bytes, at } = await usrDisk();
    const disk = await readDisk(memorySource(bytes), bytes.length);
    await checkRootHash(disk, memorySource(bytes));
    expect(disk.entries.map(({ path }) => latin1Text(path))).toContain('usr/bin');
    const kept = keepDisk(disk);
    expect(kept).toMatchObject({ verity: undefined, otherMounts: ['tmpfs /scratch tmpfs'], isPlain: false });
    expect(kept.usrVerity).toMatchObject({
      onCorruption: 'restart',
      dataBy: 'partuuid',
      validateOnBoot: true,
    });
    expect(kept.usrVerity).not.toHaveProperty('overlays');
    expect(kept.uuids).toMatchObject({ 'verity usr': UUID });
    expect(kept.partitions.slice(1)).toMatchObject([
      { id: 'root', mount: '/' },
      { id: 'usr', mount: '/usr', fileSystem: 'ext4' },
      { id: 'usr-verity', fileSystem: undefined, mount: undefined },
    ]);
    expect(() => keepDisk({ ...disk, usrVerity: 'unknown' })).toThrow(
      'opens its verified /usr in another way',
    );
    expect(() => keepDisk({ ...disk, usrVerity: undefined })).toThrow(
      'for something else than the root or /usr',
    );
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    await expect(checkRootHash(disk, memorySource(bytes))).rejects.toThrow(
      '/usr of the image is not the one',
    );
  });

  it('is refused where hashes are of something else', async () => {
    const bytes = await verityDisk();
    const disk = await readDisk(memorySource(bytes), bytes.length);
    expect(() => keepDisk({ ...disk, verity: undefined })).toThrow(
      'for something else than the root or /usr',
    );
    expect(() => keepDisk({ ...disk, verity: 'unknown' })).toThrow('in another way than distrokit');
  });
});

describe('readVerity', () => {
  it('takes the folders that can be written to from their program', async () => {
    const bytes = await verityDisk();
    const { commandLine = '' } = await readDisk(memorySource(bytes), bytes.length);
    const started = `${commandLine} init=/usr/lib/distrokit/verity-overlays`;
    const folders = { overlays: ['/etc', '/var'], overlaySize: '30%', overlayDebug: true };
    expect(readVerity(started, overlayProgram(folders))).toMatchObject({ config: folders });
    expect(readVerity(started, '#!/bin/sh\n')).toBe('unknown');
    expect(readVerity(started, undefined)).toBe('unknown');
    // By an initramfs.
    expect(readVerity('root=/dev/mapper/root ro rd.roothash=abcd', undefined)).toBe('unknown');
    expect(readVerity('root=PARTUUID=1 quiet', undefined)).toBeUndefined();
  });
});

import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { latin1Text } from '../../../../toolkit/domain/image-bytes.ts';
import type { ManifestEntry } from '../../../../toolkit/domain/manifest.ts';
import { type CpioEntry, readCpio } from '../../../../toolkit/formats/cpio/index.ts';
import { buildInitramfs } from '../../../../toolkit/stages/rootfs-to-disk/initramfs/build.ts';
import type { InitramfsTask } from '../../../../toolkit/stages/rootfs-to-disk/initramfs/task.ts';
import { readEntry } from '../../../formats/support/ext4.ts';
import { entry, sorted } from '../../../formats/support/manifest.ts';

const link = (path: string, target: string) => entry(path, 'symlink', { target });
const program = (path: string) => entry(path, 'file', { mode: 0o4755, content: '####' });
const module = (path: string, content: Uint8Array | string) =>
  entry(`usr/lib/modules/6.12/${path}`, 'file', { content });

const tree = [
  link('bin', 'usr/bin'),
  ...['', 'usr', 'usr/bin', 'usr/sbin'].map((path) => entry(path, 'directory')),
  program('usr/bin/busybox'),
  ...['insmod', 'mount', 'sleep', 'stty'].map((name) => link(`usr/bin/${name}`, 'busybox')),
  ...['findfs', 'switch_root'].map((name) => link(`usr/sbin/${name}`, '../bin/busybox')),
  ...['usr/sbin/cryptsetup', 'usr/sbin/veritysetup', 'usr/bin/cat', 'usr/bin/base64'].map(program),
  program('usr/bin/other'),
  module('modules.dep', 'fs/btrfs.ko.zst: lib/xor.ko.gz lib/raid6.ko.xz lib/lzo.ko\n'),
  module('fs/btrfs.ko.zst', zstdCompressSync('btrfs itself')),
  module('lib/xor.ko.gz', gzipSync('xor itself')),
  module('lib/raid6.ko.xz', 'still packed'),
  module('lib/lzo.ko', 'lzo itself'),
  module('disks/nvme.ko', 'nvme itself'),
  module('net/other.ko', 'of no use here'),
];

const unlock: InitramfsTask = { disks: [], fileSystem: undefined, unlocks: true };
const mountBtrfs: InitramfsTask = { disks: ['nvme'], fileSystem: 'btrfs', unlocks: false };

const openVerity: InitramfsTask = {
  ...{ disks: [], fileSystem: undefined, unlocks: false },
  verity: { validates: true, hasSignature: true },
};

interface Found {
  readonly header: CpioEntry['header'];
  readonly text: string;
}

async function initramfs(
  entries: readonly ManifestEntry[],
  task: InitramfsTask,
): Promise<ReadonlyMap<string, Found>> {
  const found = new Map<string, Found>();
  const source = { entries: sorted(...entries), read: readEntry, epoch: 7, release: '6.12' };
  for await (const { name, header, content } of readCpio(await buildInitramfs('trial', task, source))) {
    const bytes = await Array.fromAsync(content);
    found.set(name.toString('latin1'), { header, text: Buffer.concat(bytes).toString() });
  }
  return found;
}

describe('buildInitramfs', () => {
  it('has the programs of the image, the links to them and no more', async () => {
    const found = await initramfs(tree, unlock);
    expect([...found.keys()].filter((path) => path.startsWith('usr'))).toEqual([
      ...['usr', 'usr/bin', 'usr/bin/busybox', 'usr/bin/mount', 'usr/bin/sleep', 'usr/bin/stty', 'usr/sbin'],
      ...['usr/sbin/cryptsetup', 'usr/sbin/switch_root'],
    ]);
    expect(found.get('usr/sbin/cryptsetup')!.header).toMatchObject({ mode: 0o100755, mtime: 7, size: 4 });
    expect(found.get('init')!.header).toMatchObject({ mode: 0o100755 });
    expect(found.get('dev/console')!.header).toMatchObject({
      ...{ mode: 0o020600, specialMajor: 5, specialMinor: 1 },
    });
    expect(found.has('modules')).toBe(false);
  });

  it('has modules as every insmod takes them, and their order', async () => {
    const found = await initramfs(tree, mountBtrfs);
    const paths = found.get('modules')!.text.trimEnd().split('\n');
    expect(paths.map((path) => path.replace('/usr/lib/modules/6.12/', ''))).toEqual([
      ...['disks/nvme.ko', 'lib/xor.ko', 'lib/raid6.ko.xz', 'lib/lzo.ko', 'fs/btrfs.ko'],
    ]);
    expect(paths.map((path) => found.get(path.slice(1))!.text)).toEqual([
      ...['nvme itself', 'xor itself', 'still packed', 'lzo itself', 'btrfs itself'],
    ]);
    expect(found.get('usr/lib/modules/6.12/fs')!.header).toMatchObject({ mode: 0o040755 });
    expect(found.has('usr/lib/modules/6.12/net')).toBe(false);
    expect(found.has('usr/sbin/cryptsetup')).toBe(false);
  });

  it('has a list of what is mounted below the root', async () => {
    const overlay = { source: 'overlay', target: '/etc', type: 'overlay', options: 'lowerdir=/sysroot/etc' };
    const early = { mounts: [{ ...overlay, fileSystem: undefined }], drivers: [] };
    const found = await initramfs(tree, { ...unlock, unlocks: false, early });
    expect(found.get('mounts')!.text).toBe('overlay /etc overlay lowerdir=/sysroot/etc\n');
    expect((await initramfs(tree, unlock)).has('mounts')).toBe(false);
  });

  it.each([
    ['usr/sbin/cryptsetup', unlock, 'IMAGE_ENCRYPTION', 'no cryptsetup'],
    ['usr/bin/mount', unlock, 'IMAGE_ENCRYPTION', 'no mount'],
    ['usr/sbin/switch_root', mountBtrfs, 'IMAGE_INITRAMFS', 'no switch_root'],
    ['usr/bin/insmod', mountBtrfs, 'IMAGE_INITRAMFS', 'no insmod'],
    ['usr/sbin/findfs', mountBtrfs, 'IMAGE_INITRAMFS', 'no findfs'],
    ['', openVerity, 'IMAGE_VERITY', 'no findfs of util-linux'],
  ])('wants what it runs: %s', async (path, task, code, said) => {
    const without = tree.filter((one) => latin1Text(one.path) !== path);
    await expect(initramfs(without, task)).rejects.toMatchObject({
      ...{ code, message: expect.stringContaining(said), hint: expect.stringContaining('busybox') },
    });
  });
});

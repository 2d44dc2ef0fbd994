import { describe, expect, it } from 'vitest';
import { latin1Text } from '../../../../toolkit/domain/image-bytes.ts';
import type { ManifestEntry } from '../../../../toolkit/domain/manifest.ts';
import {
  kernelModules,
  loadingOrder,
  moduleName,
} from '../../../../toolkit/stages/rootfs-to-disk/initramfs/modules.ts';
import { readEntry } from '../../../formats/support/ext4.ts';
import { entry, sorted } from '../../../formats/support/manifest.ts';

const FOLDER = 'usr/lib/modules/6.12';
const file = (path: string, content = '') => entry(`${FOLDER}/${path}`, 'file', { content });

/** As depmod says it of our kernel-generic. */
const DEP = [
  'kernel/fs/xfs/xfs.ko.zst:',
  'kernel/fs/btrfs/btrfs.ko.zst: kernel/crypto/xor.ko.zst kernel/lib/raid6/raid6_pq.ko.zst kernel/lib/zstd-pack.ko.zst',
  'kernel/lib/zstd-pack.ko.zst: kernel/lib/zstd_common.ko.zst',
  '',
].join('\n');
const SOFTDEP = [
  '# Soft dependencies extracted from modules themselves.',
  'softdep btrfs pre: blake2b-256',
  'softdep btrfs pre: sha256 post: xfs',
  '',
].join('\n');
const ALIAS = 'alias blake2b-256 blake2b_generic\nalias pci:v0000* other\n';

const image = [
  file('modules.dep', DEP),
  file('modules.softdep', SOFTDEP),
  file('modules.alias', ALIAS),
  ...['fs/btrfs/btrfs', 'fs/xfs/xfs', 'crypto/xor', 'lib/raid6/raid6_pq', 'lib/zstd-pack'].map((name) =>
    file(`kernel/${name}.ko.zst`),
  ),
  ...['lib/zstd_common', 'crypto/blake2b_generic', 'net/other'].map((name) => file(`kernel/${name}.ko.zst`)),
  entry('usr/lib/modules/6.1/kernel/fs/old.ko', 'file'),
];

async function names(drivers: readonly string[], entries: readonly ManifestEntry[] = image) {
  const found = await loadingOrder('6.12', drivers, sorted(...entries), readEntry);
  return found.map(({ path }) => latin1Text(path).replace(/^.*\//, ''));
}

describe('loadingOrder', () => {
  it('has what a module needs before it, needs of needs and what it would like included', async () => {
    expect(await names(['btrfs'])).toEqual([
      ...['blake2b_generic.ko.zst', 'xor.ko.zst', 'raid6_pq.ko.zst', 'zstd_common.ko.zst'],
      ...['zstd-pack.ko.zst', 'btrfs.ko.zst'],
    ]);
  });

  it('has each module once', async () => {
    expect(await names(['xfs', 'zstd_pack', 'zstd_common'])).toEqual([
      ...['xfs.ko.zst', 'zstd_common.ko.zst', 'zstd-pack.ko.zst'],
    ]);
  });

  it('ends where modules need each other', async () => {
    const ring = image.map((one) =>
      one === image[0]
        ? file('modules.dep', 'a/xor.ko.zst: b/xfs.ko.zst\nb/xfs.ko.zst: a/xor.ko.zst\n')
        : one,
    );
    expect(await names(['xfs'], ring)).toEqual(['xor.ko.zst', 'xfs.ko.zst']);
  });

  it('wants a kernel that says what its modules need', async () => {
    await expect(names(['xfs'], image.slice(1))).rejects.toMatchObject({
      code: 'IMAGE_KERNEL_FS',
      message: 'the kernel 6.12 has no modules.dep',
    });
  });
});

describe('kernelModules', () => {
  it('are those of one kernel, by what it calls them', () => {
    const found = kernelModules('6.12', image);
    expect([...found.keys()].sort()).toEqual([
      ...['blake2b_generic', 'btrfs', 'other', 'raid6_pq', 'xfs', 'xor', 'zstd_common', 'zstd_pack'],
    ]);
    expect([...kernelModules('6.1', image).keys()]).toEqual(['old']);
  });
});

describe('moduleName', () => {
  it.each([
    ['kernel/drivers/md/dm-crypt.ko.zst', 'dm_crypt'],
    ['kernel/fs/ext4/ext4.ko', 'ext4'],
    ['blake2b-256', 'blake2b_256'],
  ])('%s is %s', (path, name) => {
    expect(moduleName(path)).toBe(name);
  });
});

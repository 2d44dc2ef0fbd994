import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clone, isRoot, removeTree, testHome, warmClone } from '../support/checkout.ts';
import { type Boot, bootArtifact, digestsOnDisk, type Login, makeLogin } from '../support/images.ts';
import { must } from '../support/shell.ts';

/** The disk formats that the main job does not make; its test starts the others. */
const BOOTS: readonly Boot[] = [
  ['vhd-dynamic', 'bios', 'virtio'],
  ['vhdx-fixed', 'uefi', 'virtio'],
  ['vmdk', 'bios', 'ahci'],
  ['vdi', 'uefi', 'virtio'],
  ['qcow2-zstd', 'uefi', 'virtio'],
  // The controller that an OVA's machine has.
  ['vmdk-stream', 'uefi', 'ahci'],
];
const FORMATS = [
  ...BOOTS.map(([format]) => format),
  ...['ova', 'ext4', 'partitions', 'tar.xz', 'tar.zst', 'raw.gz', 'raw.xz', 'raw.zst'],
  ...['squashfs', 'erofs', 'oci', 'oci-zstd', 'kernel', 'pxe', 'initrd', 'initrd.xz', 'initrd.zst'],
  ...['raw.tar.gz', 'ext4.tar.xz', 'initrd.tar.gz', 'squashfs.gz'],
];

describe.runIf(isRoot())('every other format of an image', () => {
  let home: string;
  let login: Login;
  let clone: Clone;

  beforeAll(async () => {
    home = await testHome('formats');
    login = await makeLogin(home);
    clone = await warmClone(home, 'user');
    const text = `version: "1.0"\nname: trial\ninclude: [minimal.packages.yaml]\nformats: [${FORMATS.join(', ')}]\n${login.yaml}`;
    await writeFile(join(clone.dir, 'configs/trial.yaml'), text);
    await clone.must(['make', 'image', 'CONFIG=configs/trial.yaml']);
  });

  afterAll(async () => {
    if (home !== undefined) await removeTree(home);
  });

  it.each(BOOTS)('boots the %s by %s from %s', async (...boot) => {
    await bootArtifact(clone, 'trial', login, boot);
  });

  it('has the same bytes when it is made again, on one core, in another time zone', async () => {
    const before = await digestsOnDisk(clone, 'trial');
    await must(['rm', '-r', join(clone.dir, 'images/trial')]);
    const again = 'umask 077 && exec taskset -c 0 make image CONFIG=configs/trial.yaml';
    await clone.must(['bash', '-c', again], { env: { TZ: 'Pacific/Kiritimati' } });
    expect(await digestsOnDisk(clone, 'trial')).toEqual(before);
  });
});

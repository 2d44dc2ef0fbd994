import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultCacheDir } from '../../toolkit/host/host.ts';
import { type Clone, cloneCheckout, removeTree } from '../support/checkout.ts';
import { bootArtifact, type Login, makeLogin } from '../support/images.ts';

const SMALL = `version: "1.0"
packages: [filesystem, distrokit-release, busybox, distrokit-init, netbase, dropbear, kernel-generic]
`;
const CORE = `extends: core-efi.yaml
`;
const DISK = `formats: !replace [raw]
disk:
  boot: BOOT
  partitions:
    - {id: bios, flags: [bios-grub], size: 1M}
    - {id: esp, flags: [esp], fileSystem: vfat, mount: /boot/efi, mountOptions: noauto}
    - {id: root, fileSystem: FILESYSTEM, mount: /, mountBy: IDENTIFIER}
`;

describe('a root whose file system the kernel has as a module', () => {
  const passphrase = `pass ${Math.random().toString(36).slice(2, 12)}`;
  let home: string;
  let login: Login;
  let clone: Clone;

  const make = async (
    name: string,
    head: string,
    { fileSystem = 'btrfs', boot = 'both', mountBy = 'uuid', more = '' },
  ) => {
    const disk = DISK.replace('BOOT', boot).replace('FILESYSTEM', fileSystem).replace('IDENTIFIER', mountBy);
    await writeFile(join(clone.dir, `configs/${name}.yaml`), `${head}${login.yaml}${disk}${more}`);
    await clone.must(['make', 'image', `CONFIG=configs/${name}.yaml`]);
  };

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'module-root-'));
    login = await makeLogin(home);
    // kernel-generic is one of the core's packages: it takes long to build.
    clone = await cloneCheckout(join(home, 'work'), 'clone', 'root', defaultCacheDir());
    await clone.must(['make', 'setup']);
  });

  afterAll(async () => {
    if (home !== undefined) await removeTree(home);
  });

  it.each([
    ['btrfs', 'uefi'],
    ['xfs', 'bios'],
  ])('is mounted by busybox: %s, started by %s', async (fileSystem, firmware) => {
    await make('small', SMALL, { fileSystem });
    const asked = { commands: ['cat /proc/mounts', 'echo mine >/root/mine', 'sync'], timeoutS: 900 };
    const [mounts] = await bootArtifact(clone, 'small', login, ['raw', firmware, 'virtio'], asked);
    expect(mounts).toMatch(new RegExp(`^/dev/vda3 / ${fileSystem} rw`, 'm'));
  });

  it('is mounted for systemd by util-linux, by the UUID of its partition', async () => {
    await make('core', CORE, { boot: 'uefi', mountBy: 'partuuid' });
    const commands = ['cat /proc/mounts', 'cat /proc/cmdline', 'systemctl --failed --no-legend | cat'];
    const asked = { commands, timeoutS: 1800 };
    const said = await bootArtifact(clone, 'core', login, ['raw', 'uefi', 'nvme'], asked);
    expect(said[0]).toMatch(/^\/dev\/nvme0n1p3 \/ btrfs rw/m);
    expect(said[1]).toMatch(/ root=PARTUUID=/);
    expect(said[2]).toBe('');
  });

  it('is opened and mounted where it is encrypted', async () => {
    await writeFile(join(clone.dir, 'configs/passphrase'), `${passphrase}\n`);
    const head = SMALL.replace('kernel-generic', 'kernel-generic, cryptsetup');
    await make('sealed', head, { more: '  encryption: {passphraseFile: passphrase}\n' });
    const asked = { passphrase, commands: ['cat /proc/mounts'], timeoutS: 900 };
    const [mounts] = await bootArtifact(clone, 'sealed', login, ['raw', 'bios', 'virtio'], asked);
    expect(mounts).toMatch(/^\/dev\/mapper\/root \/ btrfs rw/m);
  });
});

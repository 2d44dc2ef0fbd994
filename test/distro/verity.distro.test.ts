import { mkdtemp, open, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultCacheDir } from '../../toolkit/host/host.ts';
import { type Clone, cloneCheckout, removeTree } from '../support/checkout.ts';
import { bootArtifact, type Login, makeLogin } from '../support/images.ts';

/** Text of a file that nothing reads as the system starts. */
const MARK = 'only a reader of this finds out';

/** With a kernel that opens the root itself. */
const BY_ITSELF = ['kernel-generic'];
/** What an initramfs opens it with. */
const BY_INITRAMFS = ['kernel', 'veritysetup', 'util-linux'];

/** No kernel opens a /usr by itself, and where an initramfs does, it opens the root too. */
const WITH_USR = `
  usrVerity: {onCorruption: panic, errorCorrection: true}
  partitions:
    - {id: bios, flags: [bios-grub], size: 1M}
    - {id: esp, flags: [esp], fileSystem: vfat}
    - {id: root, fileSystem: ext4, mount: /}
    - {id: usr, fileSystem: ext4, mount: /usr}`;

function configOf(
  login: Login,
  onCorruption: string,
  packages: readonly string[],
  validateOnBoot: boolean,
  more: string,
): string {
  return `version: "1.0"
name: sealed
packages: [filesystem, distrokit-release, busybox, distrokit-init, netbase, dropbear, ${packages.join(', ')}]
kernelArgs: no_timer_check
files:
  - {path: /usr/share/mark, content: "${MARK}"}
disk:
  boot: both
  verity: {overlays: [/etc, /var], onCorruption: ${onCorruption}, validateOnBoot: ${validateOnBoot}}${more}
formats: [raw]
${login.yaml}`;
}

describe('a dm-verity root', () => {
  let home: string;
  let login: Login;
  let clone: Clone;
  let raw: string;

  const make = async (onCorruption: string, packages = BY_ITSELF, validateOnBoot = false, more = '') => {
    const text = configOf(login, onCorruption, packages, validateOnBoot, more);
    await writeFile(join(clone.dir, 'configs/sealed.yaml'), text);
    await clone.must(['make', 'image', 'CONFIG=configs/sealed.yaml']);
  };

  /** Changes a byte of the file that has the mark. */
  const damage = async () => {
    const at = (await readFile(raw)).lastIndexOf(MARK);
    expect(at).toBeGreaterThan(0);
    await using file = await open(raw, 'r+');
    await file.write(Buffer.from('O'), 0, 1, at);
  };

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'verity-'));
    login = await makeLogin(home);
    // kernel-generic is one of the core's packages: it takes long to build.
    clone = await cloneCheckout(join(home, 'work'), 'clone', 'root', defaultCacheDir());
    await clone.must(['make', 'setup']);
    raw = join(clone.dir, 'images/sealed/sealed-1.0.raw');
    await make('io-error');
  });

  afterAll(async () => {
    if (home !== undefined) await removeTree(home);
  });

  it('is mounted read-only, with folders that can be written to', async () => {
    const [device] = await bootArtifact(clone, 'sealed', login, ['raw', 'uefi', 'virtio'], {
      commands: [
        'cat /sys/block/dm-0/dm/uuid',
        '! touch /usr/x',
        'touch /etc/x /var/x',
        'dd if=/dev/dm-0 of=/dev/null bs=1M',
      ],
    });
    expect(device).toMatch(/^CRYPT-VERITY-[0-9a-f]{32}-root$/);
  });

  it('gives an I/O error for what is damaged, by GRUB on a BIOS too', async () => {
    await damage();
    const [said] = await bootArtifact(clone, 'sealed', login, ['raw', 'bios', 'virtio'], {
      commands: ['cat /usr/share/mark 2>&1 || true'],
    });
    expect(said).toContain('I/O error');
  });

  it('is opened by an initramfs beside a /usr that is verified too, by UEFI and by a BIOS', async () => {
    await make('io-error', BY_INITRAMFS, false, WITH_USR);
    for (const firmware of ['uefi', 'bios']) {
      const [root, usr] = await bootArtifact(clone, 'sealed', login, ['raw', firmware, 'virtio'], {
        commands: [
          'cat /sys/block/dm-0/dm/uuid',
          'cat /sys/block/dm-1/dm/uuid',
          '! touch /srv/x && ! touch /usr/x',
          'touch /etc/x /var/x',
          'grep " /usr ext4 ro" /proc/mounts && [ "$(grep -c " /usr " /proc/mounts)" = 1 ]',
          'dd if=/dev/mapper/usr of=/dev/null bs=1M',
        ],
      });
      expect(root).toMatch(/^CRYPT-VERITY-[0-9a-f]{32}-root$/);
      expect(usr).toMatch(/^CRYPT-VERITY-[0-9a-f]{32}-usr$/);
    }
  });

  it('starts where it is damaged after all of it was read, and says so', async () => {
    await make('io-error', BY_INITRAMFS, true);
    await damage();
    const [said] = await bootArtifact(clone, 'sealed', login, ['raw', 'uefi', 'virtio'], {
      commands: ['dmesg | grep "verity.*corrupted"'],
    });
    expect(said).toContain('data block');
  });

  it('starts the machine again where that is asked for', async () => {
    await make('restart');
    await damage();
    const boot = bootArtifact(clone, 'sealed', login, ['raw', 'uefi', 'virtio'], {
      commands: ['cat /usr/share/mark'],
      timeoutS: 240,
    });
    await expect(boot).rejects.toThrow(/ended/i);
  });
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clone, isRoot, removeTree, testHome, warmClone } from '../support/checkout.ts';
import { bootArtifact, type Login, makeLogin } from '../support/images.ts';
import { must } from '../support/shell.ts';

const TIMEOUT_S = 600;

describe.runIf(isRoot())('a live system', () => {
  let home: string;
  let login: Login;
  let clone: Clone;

  beforeAll(async () => {
    home = await testHome('live');
    login = await makeLogin(home);
    clone = await warmClone(home, 'user');
    const text = `version: "1.0"\nname: trial\ninclude: [minimal.packages.yaml]\nformats: [iso, pxe]\n${login.yaml}`;
    await writeFile(join(clone.dir, 'configs/trial.yaml'), text);
    await clone.must(['make', 'image', 'CONFIG=configs/trial.yaml']);
  });

  afterAll(async () => {
    if (home !== undefined) await removeTree(home);
  });

  /** A small disk with a label, as a program of the host makes it. */
  async function dataDisk(name: string, make: readonly [string, ...string[]]): Promise<string> {
    const path = join(clone.dir, name);
    await must(['truncate', '-s', '8M', path]);
    await must([...make, path]);
    await must(['chmod', '0666', path]);
    return path;
  }

  it.each(['bios', 'uefi'])('starts over a network by %s', async (firmware) => {
    const commands = ['grep " / overlay " /proc/mounts'];
    await bootArtifact(clone, 'trial', login, ['pxe', firmware, 'virtio'], { commands, timeoutS: TIMEOUT_S });
  });

  it('keeps what was written where a file system is labelled for that, also when that is full', async () => {
    const data = await dataDisk('data.img', ['mkfs.ext4', '-q', '-L', 'distrokit-data']);
    const boot = async (bus: string, commands: readonly string[]) =>
      await bootArtifact(clone, 'trial', login, ['iso', 'bios', bus], {
        commands,
        data,
        timeoutS: TIMEOUT_S,
      });
    const fill = 'dd if=/dev/zero of=/root/fill bs=64k 2>/dev/null; sync';
    await boot('cdrom', ['echo kept >/root/kept; chown 1000 /root/kept; rm /etc/shells', fill]);
    const seen = 'cat /root/kept; stat -c %u /root/kept; test ! -e /etc/shells && echo gone';
    const [first] = await boot('virtio', [seen, 'rm /root/fill; echo more >/root/more']);
    expect(first).toBe('kept\n1000\ngone');
    const [second] = await boot('cdrom', ['cat /root/more; grep -o upperdir=/run/live/data /proc/mounts']);
    expect(second).toBe('more\nupperdir=/run/live/data');
    // 1: the journal was replayed.
    await must(['bash', '-c', 'e2fsck -fp "$0" || [ $? = 1 ]', data]);
  });

  it.each<[string, readonly [string, ...string[]]]>([
    ['the label is that of something else', ['mkswap', '-L', 'distrokit-data']],
    // Folders take what inodes there are.
    ['no file can be made', ['mkfs.ext4', '-q', '-N', '16', '-L', 'distrokit-data']],
  ])('goes on in memory where %s', async (name, make) => {
    const data = await dataDisk(`${name.replaceAll(' ', '-')}.img`, make);
    const commands = ['grep -o upperdir=/run/live/rw /proc/mounts'];
    await bootArtifact(clone, 'trial', login, ['iso', 'uefi', 'cdrom'], {
      commands,
      data,
      timeoutS: TIMEOUT_S,
    });
  });
});

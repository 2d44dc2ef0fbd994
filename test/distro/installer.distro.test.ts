import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultCacheDir } from '../../toolkit/host/host.ts';
import { type Clone, cloneCheckout, removeTree } from '../support/checkout.ts';
import { makeEfiKey } from '../support/efi-key.ts';
import { digestsOnDisk, type Login, makeLogin } from '../support/images.ts';
import { answer, bootInstalled, containerOf, endOf, see, startInstaller } from '../support/installation.ts';
import { must } from '../support/shell.ts';

/** What the installer runs on is from the core, whose packages take an hour to build. */
const CACHE = defaultCacheDir();
const MIB = 1024 ** 2;
const signal = new AbortController().signal;

/** With the kernel that has xfs and btrfs. */
const MODULES = `version: "1.0"
packages: [filesystem, distrokit-release, busybox, distrokit-init, netbase, dropbear, kernel-generic]
`;

describe('an installer medium', () => {
  let home: string;
  let clone: Clone;
  let login: Login;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'installer-'));
    clone = await cloneCheckout(join(home, 'work'), 'clone', 'root', CACHE);
    login = await makeLogin(home);
    await clone.must(['make', 'setup']);
  });

  afterAll(async () => {
    if (home !== undefined) await removeTree(home);
  });

  async function makeIso(name: string, installer: string, more = '', base = 'minimal.yaml'): Promise<string> {
    const head = `extends: ${base}\nformats: !replace [iso]\ninstaller: ${installer}\n`;
    const text = `${head}${more}${login.yaml}`;
    await writeFile(join(clone.dir, `configs/${name}.yaml`), text);
    await clone.must(['make', 'image', `CONFIG=configs/${name}.yaml`]);
    return join(clone.dir, `images/${name}/${name}-1.0.iso`);
  }

  async function emptyDisk(name: string, mib: number): Promise<string> {
    const path = join(home, `${name}.raw`);
    await writeFile(path, '');
    await truncate(path, mib * MIB);
    return path;
  }

  it.each(['uefi', 'bios'] as const)(
    'installs to the only disk by itself, which starts by %s afterwards; not again over it',
    async (firmware) => {
      const iso = await makeIso('unattended', '{target: only}');
      const disk = await emptyDisk(firmware, 1500);
      {
        await using running = await startInstaller(iso, disk, firmware, signal);
        await see(running, /Installed unattended 1\.0 on \/dev\/vda/, signal);
        await endOf(running);
      }
      await must(['sgdisk', '-v', disk]);
      const root = { user: 'root', password: login.password };
      const commands = ['hostname', 'df -m / | tail -n 1', 'stat -c %a /var/log/distrokit-installer.log'];
      const report = await bootInstalled(disk, firmware, { ...root, commands }, signal);
      expect(report.outputs[0]).toBe('minimal');
      // The root took what the disk has more than the image.
      expect(Number(report.outputs[1]!.split(/\s+/)[1])).toBeGreaterThan(1200);
      expect(report.outputs[2]).toBe('600');
      await using running = await startInstaller(iso, disk, firmware, signal);
      await see(running, /\/dev\/vda has this installation already/, signal);
    },
  );

  it('asks on the terminal, takes back answers, says what is wrong with them, and installs', async () => {
    const iso = await makeIso('attended', '{}');
    const disk = await emptyDisk('attended', 1500);
    {
      await using running = await startInstaller(iso, disk, 'uefi', signal);
      await answer(
        running,
        [
          [/Press Enter to begin: $/, ''],
          [/1\) \/dev\/vda, 1500 MiB[\s\S]*Disk to install to.*: $/, '7'],
          [/A number of the list is wanted.[\s\S]*Disk to install to.*: $/, '1'],
          [/Partitions.*: $/, '<'],
          [/Disk to install to.*: $/, ''],
          [/Partitions.*: $/, '2'],
          [/swap.*: $/, '64'],
          [/root.*: $/, ''],
          [/home.*: $/, '4000'],
          [/the disk is \d+ MiB too small[\s\S]*swap.*: $/, '64'],
          [/root.*: $/, '5'],
          [/home.*: $/, ''],
          [/the system needs a root of \d+ MiB[\s\S]*swap.*: $/, '64'],
          [/root.*: $/, '600'],
          [/home.*: $/, '200'],
          [/Name of the machine \[minimal\]: $/, 'atlantis!'],
          [/letters, digits[\s\S]*Name of the machine \[minimal\]: $/, 'atlantis'],
          [/Password of root: $/, 'one'],
          [/Password of root, again: $/, 'two'],
          [/not the same[\s\S]*Password of root: $/, ''],
          [/Name of a user.*: $/, 'Ada'],
          [/small letters[\s\S]*Name of a user.*: $/, 'ada'],
          [/Password of ada: $/, 'enchantress of numbers'],
          [/Password of ada, again: $/, 'enchantress of numbers'],
          [/name +atlantis\r\n[\s\S]*nothing known is on it[\s\S]*Type 'install' to begin.*: $/, 'install'],
          [/Installed attended 1\.0 on \/dev\/vda[\s\S]*press Enter: $/, ''],
        ],
        signal,
      );
      await endOf(running);
    }
    await must(['sgdisk', '-v', disk]);
    const commands = ['hostname', 'id', 'grep -c " /home ext4 " /proc/mounts', 'tail -n 1 /proc/swaps'];
    const ada = { user: 'ada', password: 'enchantress of numbers', commands };
    const { outputs } = await bootInstalled(disk, 'uefi', ada, signal);
    expect(outputs[0]).toBe('atlantis');
    expect(outputs[1]).toMatch(/^uid=1000\(ada\) gid=1000\(ada\)/);
    expect(outputs[2]).toBe('1');
    expect(outputs[3]).toMatch(/^\/dev\/vda5 +partition/);
    // The empty password left root's.
    await bootInstalled(disk, 'uefi', { user: 'root', password: login.password, commands: ['true'] }, signal);
  });

  it('encrypts the root of a disk by itself, each time with a key of its own', async () => {
    await writeFile(join(clone.dir, 'configs/passphrase'), 'correct horse\n');
    const sealed = 'packages: [cryptsetup]\ndisk: {encryption: {passphraseFile: passphrase}}\n';
    const iso = await makeIso('sealed', '{target: only}', sealed);
    const disks = [await emptyDisk('sealed-1', 1500), await emptyDisk('sealed-2', 1500)] as const;
    for (const disk of disks) {
      await using running = await startInstaller(iso, disk, 'uefi', signal);
      await see(running, /Installed sealed 1\.0 on \/dev\/vda/, signal);
      await endOf(running);
    }
    const [dump, other] = await Promise.all(disks.map(containerOf));
    expect(dump).toMatch(/"type":"argon2id"/);
    const salts = (text = '') => [...text.matchAll(/"salt":"([^"]+)"/g)].map((match) => match[1]);
    expect(salts(dump).length).toBe(2);
    expect(salts(dump).filter((salt) => salts(other).includes(salt))).toEqual([]);
    const root = { user: 'root', password: login.password, passphrase: 'correct horse' };
    const commands = ['cat /proc/cmdline', 'cat /proc/mounts', 'cryptsetup status root'];
    const { outputs } = await bootInstalled(disks[0], 'uefi', { ...root, commands }, signal);
    expect(outputs[0]).toMatch(/root=\/dev\/mapper\/root rw rd\.luks\.name=[-0-9a-f]+=root /);
    expect(outputs[1]).toMatch(/^\/dev\/mapper\/root \/ ext4 rw/m);
    expect(outputs[2]).toMatch(/cipher: +aes-xts-plain64[\s\S]*keysize: +512 bits[\s\S]*sector size: +4096/);
  });

  it.each(['uefi', 'bios'] as const)(
    'asks whether the root is to be encrypted, and starts it by %s either way',
    async (firmware) => {
      const choice = 'packages: [cryptsetup]\ndisk: {encryption: {}}\n';
      const iso = await makeIso('choice', '{encryption: optional}', choice);
      const disk = await emptyDisk(`choice-${firmware}`, 1500);
      const install = async (passphrase: string) => {
        await using running = await startInstaller(iso, disk, firmware, signal);
        const twice = passphrase === '' ? [] : [[/Passphrase of the disk, again: $/, passphrase] as const];
        await answer(
          running,
          [
            [/Press Enter to begin: $/, ''],
            [/Disk to install to.*: $/, ''],
            [/Partitions.*: $/, ''],
            [/Passphrase of the disk: $/, passphrase],
            ...twice,
            [/Name of the machine.*: $/, ''],
            [/Password of root: $/, ''],
            [/Name of a user.*: $/, ''],
            [/Type 'install' to begin.*: $/, 'install'],
            [/Installed choice 1\.0[\s\S]*press Enter: $/, ''],
          ],
          signal,
        );
        await endOf(running);
      };
      const root = { user: 'root', password: login.password, commands: ['cat /etc/fstab /proc/mounts'] };
      await install('a long one');
      const sealed = await bootInstalled(disk, firmware, { ...root, passphrase: 'a long one' }, signal);
      expect(sealed.outputs[0]!.match(/^\/dev\/mapper\/root \/ ext4 /gm)).toHaveLength(2);
      await install('');
      const plain = await bootInstalled(disk, firmware, root, signal);
      expect(plain.outputs[0]).toMatch(/^UUID=[-0-9a-f]+ \/ ext4 defaults 0 1$/m);
      expect(plain.outputs[0]).not.toContain('/dev/mapper');
    },
  );

  it.each(['uefi', 'bios'] as const)(
    'makes the partitions that the scripts of a kickstart choose, and starts from them by %s',
    async (firmware) => {
      const args = ['part / --fstype=ext4 --size=600', 'part swap --size=64'];
      args.push('part /home --size=1 --grow --fsoptions=noatime,nodev');
      const script = [
        '#!/bin/bash',
        'disk=$(ls /sys/block | grep ^vd)',
        'echo clearpart --all > /tmp/part-include',
      ];
      script.push('printf "%s --ondisk=$disk\\n" "$@" >> /tmp/part-include', '');
      await writeFile(join(clone.dir, 'configs/choose.sh'), script.join('\n'));
      const scripts = `scripts: {preInstall: [{path: choose.sh, args: ${JSON.stringify(args)}}]}\n`;
      const iso = await makeIso('kickstart', '{kickstart: true}', scripts);
      const disk = await emptyDisk(`kickstart-${firmware}`, 1500);
      {
        await using running = await startInstaller(iso, disk, firmware, signal);
        await see(running, /Installed kickstart 1\.0 on \/dev\/vda/, signal);
        await endOf(running);
      }
      await must(['sgdisk', '-v', disk]);
      const root = { user: 'root', password: login.password };
      const commands = [
        'df -m / /home',
        'grep " /home " /proc/mounts',
        'tail -n 1 /proc/swaps',
        'cat /etc/fstab',
      ];
      const { outputs } = await bootInstalled(disk, firmware, { ...root, commands }, signal);
      const [ofRoot, ofHome] = outputs[0]!.trim().split('\n').slice(-2);
      expect(Number(ofRoot!.split(/\s+/)[1])).toBeLessThan(600);
      expect(Number(ofHome!.split(/\s+/)[1])).toBeGreaterThan(600);
      expect(outputs[1]).toMatch(/^\/dev\/vda5 \/home ext4 rw,nodev,noatime/m);
      expect(outputs[2]).toMatch(/^\/dev\/vda4 +partition/);
    },
  );

  it('says what is wrong with the lines of a kickstart, and writes nothing', async () => {
    const scripts =
      'scripts: {preInstall: [{content: "echo part / --size=9 --fstype=xfs > /tmp/part-include"}]}\n';
    const iso = await makeIso('wrong-kickstart', '{kickstart: true}', scripts);
    const disk = await emptyDisk('wrong-kickstart', 1500);
    const { stdout: before } = await must(['sha256sum', disk]);
    await using running = await startInstaller(iso, disk, 'uefi', signal);
    await see(running, /error: \/tmp\/part-include:1: the root is ext4 here, and not xfs/, signal);
    expect((await must(['sha256sum', disk])).stdout).toBe(before);
  });

  it('installs under Secure Boot, again where that is chosen, what then starts under Secure Boot', async () => {
    const { key, certificate } = await makeEfiKey(join(clone.dir, 'configs'), 'own');
    const signed = `disk: {secureBoot: {key: ${key}, certificate: ${certificate}}}\n`;
    const iso = await makeIso('signed', '{target: only}', signed);
    const disk = await emptyDisk('signed', 1500);
    const trusted = new X509Certificate(await readFile(certificate)).raw;
    {
      await using running = await startInstaller(iso, disk, 'uefi', signal, trusted);
      await see(running, /Installed signed 1\.0 on \/dev\/vda/, signal);
      await endOf(running);
    }
    const root = { user: 'root', password: login.password, commands: ['dmesg | grep -i "secure boot"'] };
    const { outputs } = await bootInstalled(disk, 'uefi', root, signal, trusted);
    expect(outputs[0]).toContain('Secure boot enabled');
    {
      await using running = await startInstaller(iso, disk, 'uefi', signal, trusted);
      await see(running, /\/dev\/vda has this installation already/, signal);
    }
    await using running = await startInstaller(iso, disk, 'uefi', signal, trusted);
    // systemd-boot waits a second for a key; the second entry is one below.
    const pressing = setInterval(() => running.serial.send(' '), 200);
    await see(running, /again, over the same installation/, signal).finally(() => clearInterval(pressing));
    running.serial.send('\u001b[B');
    await new Promise((settle) => setTimeout(settle, 1000));
    running.serial.send('\r');
    await see(running, /Installed signed 1\.0 on \/dev\/vda/, signal);
    await endOf(running);
  });

  it('copies a root of dm-verity as it is, and asks for the disk only', async () => {
    const verity = 'disk: {verity: {overlays: [/etc, /var]}}\n';
    const iso = await makeIso('checked', '{}', verity, 'core-efi.yaml');
    const disk = await emptyDisk('checked', 1000);
    {
      await using running = await startInstaller(iso, disk, 'uefi', signal);
      await answer(
        running,
        [
          [/Press Enter to begin: $/, ''],
          [/Disk to install to.*: $/, ''],
          [/The root is the same on every machine[\s\S]*Type 'install' to begin.*: $/, 'install'],
          [/Installed checked 1\.0 on \/dev\/vda[\s\S]*press Enter: $/, ''],
        ],
        signal,
      );
      await endOf(running);
    }
    await must(['sgdisk', '-v', disk]);
    const root = { user: 'root', password: login.password };
    const commands = ['cat /proc/mounts', 'touch /usr/x 2>&1 || true'];
    const { outputs } = await bootInstalled(disk, 'uefi', { ...root, commands }, signal);
    expect(outputs[0]).toMatch(/^\/dev\/(?:root|dm-0|mapper\/\S+) \/ ext4 ro/m);
    expect(outputs[1]).toContain('Read-only file system');
  });

  it('copies an xfs and a btrfs as they are, which the kernel has as modules', async () => {
    const partitions = `disk:
  boot: uefi
  partitions:
    - {id: esp, flags: [esp], fileSystem: vfat, mount: /boot/efi}
    - {id: root, fileSystem: btrfs, size: 600M, mount: /}
    - {id: home, fileSystem: xfs, size: 320M, mount: /home}
files: [{path: /home/mine, content: "mine\\n", mode: "0640"}]
`;
    await writeFile(join(clone.dir, 'configs/modules.yaml'), MODULES);
    const iso = await makeIso('copied', '{target: only}', partitions, 'modules.yaml');
    const disk = await emptyDisk('copied', 1500);
    {
      await using running = await startInstaller(iso, disk, 'uefi', signal);
      await see(running, /Installed copied 1\.0 on \/dev\/vda/, signal);
      await endOf(running);
    }
    await must(['sgdisk', '-v', disk]);
    const root = { user: 'root', password: login.password };
    const commands = ['cat /proc/mounts', 'cat /home/mine', 'touch /x /home/x'];
    const { outputs } = await bootInstalled(disk, 'uefi', { ...root, commands }, signal);
    expect(outputs[0]).toMatch(/^\/dev\/vda2 \/ btrfs rw/m);
    expect(outputs[0]).toMatch(/^\/dev\/vda3 \/home xfs rw/m);
    expect(outputs[1]).toBe('mine');
  });

  it('says how much a disk is too small, and writes nothing to it', async () => {
    const iso = await makeIso('unattended', '{target: only}');
    const disk = await emptyDisk('small', 100);
    const { stdout: before } = await must(['sha256sum', disk]);
    await using running = await startInstaller(iso, disk, 'uefi', signal);
    await see(running, /error: \/dev\/vda: the disk is \d+ MiB too small/, signal);
    expect((await must(['sha256sum', disk])).stdout).toBe(before);
  });

  it('has the packages on it, and the same bytes when it is made again', async () => {
    const iso = await makeIso('unattended', '{target: only}');
    const { stdout } = await must(['grep', '-aoE', '[a-z-]+-[0-9.]+-[0-9]+\\.dk1\\.[a-z0-9_]+\\.rpm', iso]);
    expect(stdout).toMatch(/^busybox-\d/m);
    expect(stdout).not.toMatch(/distrokit-installer/);
    const before = await digestsOnDisk(clone, 'unattended');
    await must(['rm', '-r', join(clone.dir, 'images/unattended')]);
    const again = 'umask 077 && exec taskset -c 0 make image CONFIG=configs/unattended.yaml';
    await clone.must(['bash', '-c', again], { env: { TZ: 'Pacific/Kiritimati' } });
    expect(await digestsOnDisk(clone, 'unattended')).toEqual(before);
  });
});

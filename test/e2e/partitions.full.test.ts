import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clone, isRoot, removeTree, testHome, warmClone } from '../support/checkout.ts';
import { bootArtifact, type Login, makeLogin } from '../support/images.ts';

const GPT = `
  size: 400M
  boot: uefi
  partitions:
    - {id: esp, flags: [esp], fileSystem: vfat, mount: /boot/efi}
    - {id: root, size: max, fileSystem: ext4, mount: /}
    - {id: home, size: 32M, fileSystem: ext4, mount: /home}
    - {id: var, label: VAR, size: 40M, fileSystem: ext4, mount: /var, mountBy: label}
    - {id: data, size: 48M, fileSystem: vfat, mount: /srv/data}
    - {id: swap, size: 16M, fileSystem: swap}
`;

/** The last two are logical ones. */
const MBR = `
  boot: bios
  table: mbr
  partitions:
    - {id: boot, flags: [boot], size: 64M, fileSystem: ext4, mount: /boot}
    - {id: root, fileSystem: ext4, mount: /}
    - {id: home, size: 32M, fileSystem: ext4, mount: /home}
    - {id: var, label: VAR, size: 40M, fileSystem: ext4, mount: /var, mountBy: label}
    - {id: swap, size: 16M, fileSystem: swap}
`;

const CHANGES = `
version: "2.0"
removePackages: [netbase]
kernelArgs: changed=1
users: [{name: ada, uid: 1500}]
files: [{path: /home/ada/mine, content: "mine\\n", owner: ada, group: ada}]
formats: [vhd]
`;

const QUESTIONS = { timeoutS: 900, commands: ['cat /proc/mounts', 'cat /proc/swaps'] };

describe.runIf(isRoot())('partitions of a configuration', () => {
  let home: string;
  let login: Login;
  let clone: Clone;

  beforeAll(async () => {
    home = await testHome('partitions');
    login = await makeLogin(home);
    clone = await warmClone(home, 'user');
  });

  afterAll(async () => {
    if (home !== undefined) await removeTree(home);
  });

  async function make(name: string, disk: string): Promise<void> {
    const text = `extends: minimal.yaml\nformats: !replace [raw]\n${login.yaml}disk:${disk}`;
    await writeFile(join(clone.dir, `configs/${name}.yaml`), text);
    await clone.must(['make', 'image', `CONFIG=configs/${name}.yaml`]);
  }

  it('are mounted from an MBR that a BIOS starts, logical ones too', async () => {
    await make('mbr', MBR);
    const [mounts, swaps] = await bootArtifact(clone, 'mbr', login, ['raw', 'bios', 'virtio'], QUESTIONS);
    expect(mounts).toMatch(/^\/dev\/vda1 \/boot ext4 rw/m);
    expect(mounts).toMatch(/^\/dev\/vda3 \/home ext4 rw/m);
    expect(mounts).toMatch(/^\/dev\/vda5 \/var ext4 rw/m);
    expect(swaps).toMatch(/^\/dev\/vda6 /m);
  });

  it('are mounted from a further disk, which is found beside the image', async () => {
    const other = 'otherDisks: [{partitions: [{id: srv, fileSystem: ext4, mount: /srv}]}]\n';
    const file = 'files: [{path: /srv/a/hello, content: "hello\\n"}]\n';
    await make('two', `\n  boot: uefi\n${other}${file}`);
    const asked = { ...QUESTIONS, commands: ['cat /proc/mounts', 'cat /srv/a/hello'] };
    const [mounts, text] = await bootArtifact(clone, 'two', login, ['raw', 'uefi', 'virtio'], asked);
    expect(mounts).toMatch(/^\/dev\/vdb1 \/srv ext4 rw/m);
    expect(text).toBe('hello');
  });

  it('are mounted from a GPT of an image that was changed', async () => {
    await make('gpt', GPT);
    await writeFile(join(clone.dir, 'configs/changed.yaml'), CHANGES);
    await clone.must(['make', 'customize', 'IMAGE=images/gpt/gpt-1.0.raw', 'CONFIG=configs/changed.yaml']);
    const commands = [...QUESTIONS.commands, 'cat /home/ada/mine /proc/cmdline', 'ls -ln /home/ada/mine'];
    const asked = { ...QUESTIONS, commands };
    const said = await bootArtifact(clone, 'changed', login, ['vhd', 'uefi', 'virtio'], asked);
    const [mounts, swaps, texts, listed] = said;
    for (const [device, folder] of [
      ['vda3', '/home ext4'],
      ['vda4', '/var ext4'],
      ['vda5', '/srv/data vfat'],
    ]) {
      expect(mounts).toContain(`/dev/${device} ${folder} rw`);
    }
    expect(swaps).toMatch(/^\/dev\/vda6 /m);
    expect(texts).toMatch(/^mine\n.* changed=1$/m);
    expect(listed).toMatch(/ 1500 +1500 /);
  });
});

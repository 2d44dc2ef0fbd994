import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clone, isRoot, removeTree, testHome, warmClone } from '../support/checkout.ts';
import { digestsOnDisk } from '../support/images.ts';
import { must } from '../support/shell.ts';

const note = (version: number) => `
Name: note
Version: ${version}
Release: 1
Summary: A file
License: MIT
BuildArch: noarch
%description
%{summary}.
%package more
Summary: Nothing more
Requires: note = %{version}
%description more
%{summary}.
%install
install -d %{buildroot}/usr/share
echo packaged %{version} > %{buildroot}/usr/share/note
%files
/usr/share/note
%files more
`;

const BASE = `
extends: minimal.yaml
formats: !replace [raw, qcow2]
kernelArgs: before=1
packages: [note]
disk:
  partitions:
    - {id: bios, flags: [bios-grub], size: 1M}
    - {id: esp, flags: [esp], fileSystem: vfat, mount: /boot/efi, mountBy: uuid, mountOptions: umask=0077}
    - {id: root, name: root, fileSystem: ext4, mount: /}
    - {id: home, name: home, size: 32M, fileSystem: ext4, mount: /home, mountBy: uuid}
    - {id: var, label: VAR, size: 40M, fileSystem: ext4, mount: /var, mountBy: label}
    - {id: data, size: 24M, fileSystem: fat16, mount: /srv/data, mountBy: uuid}
    - {id: swap, size: 16M, fileSystem: swap, mountBy: uuid}
files:
  - {path: /home/kept, content: "home\\n", mode: "0640"}
  - {path: /srv/data/A long name.txt, content: "fat\\n"}
`;

const CHANGES = `
version: "2.0"
packages: [note-more]
base: {update: [note]}
removePackages: [netbase]
kernelArgs: after=1
groups: [{name: staff, gid: 1234}]
users: [{name: ada, uid: 1500, groups: [staff]}]
files: [{path: /home/ada/mine, content: "mine\\n", mode: "0600", owner: ada, group: staff}]
scripts:
  postInstall:
    - {path: change.sh}
    - {content: 'echo "$1 $WHAT" >>/var/made', args: [by], env: {WHAT: hand}, interpreter: /bin/sh}
formats: [raw, vhd, tar.gz]
`;

interface Table {
  readonly partitiontable: {
    readonly partitions: readonly { readonly name?: string; readonly start: number; readonly size: number }[];
  };
}

describe.runIf(isRoot())('an image that is changed', () => {
  let home: string;
  let clone: Clone;

  beforeAll(async () => {
    home = await testHome('customize');
    clone = await warmClone(home);
    const configs = join(clone.dir, 'configs');
    await mkdir(join(clone.dir, 'specs/note'));
    await writeFile(join(clone.dir, 'specs/note/note.spec'), note(1));
    await writeFile(join(configs, 'trial.yaml'), BASE);
    await writeFile(join(configs, 'changes.yaml'), CHANGES);
    await writeFile(join(configs, 'change.sh'), 'echo scripted >/var/made\n');
    await writeFile(join(configs, 'same.yaml'), 'name: trial\nversion: "1.0"\nformats: [raw]\n');
    await clone.must(['make', 'image', 'CONFIG=configs/trial.yaml']);
  });

  afterAll(async () => {
    if (home !== undefined) await removeTree(home);
  });

  async function offsets(raw: string): Promise<ReadonlyMap<string, { start: number; size: number }>> {
    const { stdout } = await must(['sfdisk', '--json', raw]);
    const { partitions } = (JSON.parse(stdout) as Table).partitiontable;
    return new Map(
      partitions.map(({ name = '', start, size }, index) => [name || `${index + 1}`, { start, size }]),
    );
  }

  it('has the partitions of its configuration, each whole, and mounts them', async () => {
    const raw = join(clone.dir, 'images/trial/trial-1.0.raw');
    const table = await offsets(raw);
    expect([...table].map(([name, { size }]) => [name, size / 2048]).slice(3)).toEqual([
      ['home', 32],
      ['5', 40],
      ['6', 24],
      ['7', 16],
    ]);
    for (const name of ['root', 'home', '5']) {
      await must(['e2fsck', '-fn', `${raw}?offset=${table.get(name)!.start * 512}`]);
    }
    const kinds = ['2', '5', '6', '7'].map(async (name) => {
      const start = String(table.get(name)!.start * 512);
      return (await must(['blkid', '-p', '-O', start, '-s', 'TYPE', '-o', 'value', raw])).stdout.trim();
    });
    expect(await Promise.all(kinds)).toEqual(['vfat', 'ext4', 'vfat', 'swap']);
    const root = `${raw}?offset=${table.get('root')!.start * 512}`;
    const fstab = (await must(['debugfs', '-R', 'cat /etc/fstab', root])).stdout;
    expect(fstab.replace(/UUID=\S+/g, 'UUID=').split('\n')).toEqual([
      'UUID= / ext4 defaults 0 1',
      'UUID= /boot/efi vfat umask=0077 0 2',
      'UUID= /home ext4 defaults 0 2',
      'UUID= /srv/data vfat defaults 0 2',
      'LABEL=VAR /var ext4 defaults 0 2',
      'UUID= none swap defaults 0 0',
      '',
    ]);
  });

  it('has the same bytes where nothing is changed', async () => {
    await clone.must([
      'make',
      'customize',
      'IMAGE=images/trial/trial-1.0.qcow2',
      'CONFIG=configs/same.yaml',
      'IMAGES_DIR=again',
    ]);
    await must(['cmp', 'again/trial/trial-1.0.raw', 'images/trial/trial-1.0.raw'], { cwd: clone.dir });
  });

  it('has what was changed, and the rest as it was', async () => {
    await writeFile(join(clone.dir, 'specs/note/note.spec'), note(2));
    await clone.must([
      'make',
      'customize',
      'IMAGE=images/trial/trial-1.0.qcow2',
      'CONFIG=configs/changes.yaml',
    ]);
    const folder = join(clone.dir, 'images/changes');
    const read = async (name: string) => await readFile(join(folder, `changes-2.0.${name}`), 'utf8');
    const packages = await read('packages.txt');
    expect(packages).toMatch(/^note-2-1\./m);
    expect(packages).toMatch(/^note-more-2-1\./m);
    expect(packages).not.toMatch(/^note-1-/m);
    expect(packages).not.toMatch(/^netbase-/m);
    expect(packages).toMatch(/^busybox-/m);
    expect(await read('lock.json')).toMatch(/"commandLine": ".* before=1 after=1"/);
    const base = (await digestsOnDisk(clone, 'trial'))['trial-1.0.qcow2'];
    const { predicate } = JSON.parse(await read('intoto.json'));
    expect(predicate.buildDefinition.resolvedDependencies).toContainEqual({
      ...{ name: 'trial-1.0.qcow2', digest: { sha256: base } },
      annotations: { kind: 'base image' },
    });

    const list = (await must(['tar', '--numeric-owner', '-tvzf', join(folder, 'changes-2.0.tar.gz')])).stdout;
    const entry = (path: string) => list.split('\n').find((line) => line.endsWith(` ${path}`));
    expect(entry('home/ada/mine')).toMatch(/^-rw------- 1500\/1234 /);
    expect(entry('home/kept')).toMatch(/^-rw-r----- 0\/0 /);
    expect(entry('srv/data/A long name.txt')).toBeDefined();
    const made = await must([
      ...(['tar', '-xOzf', join(folder, 'changes-2.0.tar.gz')] as const),
      ...['usr/share/note', 'var/made'],
    ]);
    expect(made.stdout).toBe('packaged 2\nscripted\nby hand\n');
    expect(entry('etc/services')).toBeUndefined();

    const [raw, vhd] = ['raw', 'vhd'].map((ending) => join(folder, `changes-2.0.${ending}`)) as [
      string,
      string,
    ];
    const [before, table] = [
      await offsets(join(clone.dir, 'images/trial/trial-1.0.raw')),
      await offsets(raw),
    ];
    expect([...table]).toEqual([...before]);
    for (const name of ['root', 'home', '5']) {
      await must(['e2fsck', '-fn', `${raw}?offset=${table.get(name)!.start * 512}`]);
    }
    const { size } = JSON.parse(await readFile(join(folder, 'artifact.json'), 'utf8')).artifacts[0];
    await must(['cmp', '-n', String(size), raw, vhd]);
    const home = `${raw}?offset=${table.get('home')!.start * 512}`;
    expect((await must(['debugfs', '-R', 'cat /ada/mine', home])).stdout).toBe('mine\n');
  });

  it('is refused what is not in it, or cannot be', async () => {
    const refused = async (text: string): Promise<string> => {
      await writeFile(join(clone.dir, 'configs/bad.yaml'), `version: "1.0"\nformats: [raw]\n${text}\n`);
      const argv = [
        'toolkit/distrokit',
        'customize',
        'images/trial/trial-1.0.raw',
        'configs/bad.yaml',
      ] as const;
      const { code, stderr } = await clone.run([...argv]);
      expect(code).toBe(2);
      return stderr;
    };
    expect(await refused('packages: [note-more]')).toContain('note 1-1 -> 2-1');
    expect(await refused('removePackages: [nothing]')).toContain('nothing: not installed in the image');
    expect(await refused('disk: {boot: bios}')).toContain('partitions beside its root');
  });
});

import { once } from 'node:events';
import { chmod, readFile, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadImageConfig } from '../../toolkit/config/image.ts';
import { imageConfig } from '../support/image-host.ts';
import { trialConfigs } from '../support/trial-config.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAA me@host';
const { folderOf, load, problems, messages } = trialConfigs();

/** A document in which each list has the one before ten times. */
function aliases(depth: number): string {
  const lists = Array.from(
    { length: depth },
    (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at},`.repeat(10)}]`,
  );
  return ['a0: &a0 x', ...lists, ''].join('\n');
}

describe('loadImageConfig', () => {
  it('takes three lines and fills in the rest', async () => {
    expect(await load('version: "1.0"\npackages:\n  - kernel\n')).toEqual({
      ...imageConfig(),
      packages: ['kernel'],
      formats: ['raw', 'vhd', 'vhdx', 'qcow2', 'tar.gz', 'iso'],
    });
  });

  it("takes the checkout's own example, which lets nobody in", async () => {
    const checkout = resolve(import.meta.dirname, '../..');
    const { config, files } = await loadImageConfig('configs/minimal.yaml', checkout);
    expect(config.packages).toContain('kernel');
    expect(config.users).toEqual([]);
    expect(files).toContain(join(checkout, 'configs/minimal.packages.yaml'));
  });

  it('takes the example of the docs, a bootable image in less than 15 lines', async () => {
    const checkout = resolve(import.meta.dirname, '../..');
    const page = await readFile(join(checkout, 'docs/image-config.md'), 'utf8');
    const example = /^(?: {4}.*\n)+/m.exec(page)![0].replaceAll(/^ {4}/gm, '');
    expect(example.split('\n').length).toBeLessThan(15);
    const config = await load(example, {
      'core.packages.yaml': await readFile(join(checkout, 'configs/core.packages.yaml'), 'utf8'),
      'id_ed25519.pub': KEY,
    });
    expect(config.packages).toEqual(expect.arrayContaining(['openssh-server', 'kernel-generic', 'nano']));
    expect(config).toMatchObject({ users: [{ name: 'root', sshKeys: [KEY] }], formats: ['raw', 'qcow2'] });
  });

  it('names partitions in fstab by what every mount program finds', async () => {
    const text =
      'version: "1"\npackages: [a]\ndisk:\n  boot: uefi\n  partitions:\n' +
      '    - {id: esp, flags: [esp], fileSystem: vfat, mount: /boot/efi}\n' +
      '    - {id: root, fileSystem: ext4, mount: /}\n' +
      '    - {id: data, fileSystem: squashfs, mount: /data}\n' +
      '    - {id: own, fileSystem: ext4, mount: /own, mountBy: partuuid}\n';
    const { disk } = await load(text);
    expect(disk.partitions.map(({ mountBy }) => mountBy)).toEqual(['uuid', 'uuid', 'partuuid', 'partuuid']);
  });

  it('takes JSON', async () => {
    expect((await load('{"version": "1", "packages": ["a"], "disk": {"size": "2G"}}')).disk.size).toBe(
      2 * 1024 ** 3,
    );
  });

  it('reads included lists once each, in order, even when they include each other', async () => {
    const { packages } = await load('version: "1"\ninclude: [lists/a.yaml]\npackages: [own, two]\n', {
      'lists/a.yaml': 'include: [b.yaml]\npackages: [one]\n',
      'lists/b.yaml': 'include: [a.yaml]\npackages: [two]\n',
    });
    expect(packages).toEqual(['two', 'one', 'own']);
  });

  it('copies a folder: programs as programs, links as links, what is named after it', async () => {
    const folder = await folderOf({
      'trial.yaml': `version: "1"
packages: [a]
files: [{path: /srv/b, content: own}]
folders: [{path: /srv, source: tree, owner: ada}, {path: /empty, mode: "0700"}]
`,
      'tree/sub/a': 'a',
      'tree/b': 'b',
    });
    await chmod(join(folder, 'tree/b'), 0o755);
    await symlink('sub/a', join(folder, 'tree/link'));
    const { config } = await loadImageConfig('trial.yaml', folder);
    expect(config.folders.map(({ path, mode }) => [path, mode])).toEqual([
      ['/srv', 0o755],
      ['/srv/sub', 0o755],
      ['/empty', 0o700],
    ]);
    expect(config.links).toEqual([{ path: '/srv/link', target: 'sub/a', owner: 'ada', group: undefined }]);
    expect(config.files.map(({ path, mode, content }) => [path, mode, content.kind])).toEqual([
      ['/srv/b', 0o755, 'source'],
      ['/srv/sub/a', 0o644, 'source'],
      ['/srv/b', 0o644, 'text'],
    ]);
  });

  it('refuses of a folder what cannot be copied, and a folder that is none', async () => {
    const text = 'version: "1"\npackages: [a]\nfolders:\n  - {path: /srv, source: tree}\n';
    const folder = await folderOf({ 'trial.yaml': text, 'tree/a': 'a' });
    await using server = createServer().listen(join(folder, 'tree/sock'));
    await once(server, 'listening');
    await expect(loadImageConfig('trial.yaml', folder)).rejects.toThrow(
      'trial.yaml:4:26: tree/sock is a socket: only files, folders and symbolic links are copied',
    );
    expect(await problems(text, { tree: '' })).toEqual(['trial.yaml:4:26: no such folder: tree']);
  });

  it('takes one kind of password', async () => {
    expect(
      await messages('version: "1"\npackages: [a]\nusers: [{name: a, passwordHash: "*", passwordFile: b}]\n'),
    ).toEqual(['give one of passwordHash, passwordHashFile and passwordFile', 'no such file: b']);
  });

  it('reads public keys from files beside it', async () => {
    const { users } = await load(
      'version: "1"\npackages: [a]\nusers:\n  - {name: ada, sshKeyFiles: [ada.pub]}\n',
      {
        'ada.pub': `# mine\n${KEY}\n`,
      },
    );
    expect(users[0]?.sshKeys).toEqual([KEY]);
  });

  it('tells everything that is wrong at once, in order, each with its place', async () => {
    const text = [
      'version: 1.0',
      'pakages: [busybox]',
      'include: [lists.yaml]',
      'users:',
      '  - name: Root',
      '    password: secret',
      '    passwordHash: secret',
      '    sshKeyFiles: [id.pub]',
      'files:',
      '  - path: etc/x',
      '    mode: 0644',
      '    source: banner',
      'disk: {size: 5X, boot: uefy}',
      'formats: [raw, vhdk]',
      '',
    ].join('\n');
    expect(await problems(text, { 'list.yaml': 'packges: [a]\n', 'other.yaml': '' })).toEqual([
      'trial.yaml:1:10: a release version in quotes is wanted, as "1.0"',
      "trial.yaml:2:1: unknown key 'pakages'; did you mean 'packages'?",
      "trial.yaml:3:11: no such file: lists.yaml; did you mean 'list.yaml'?",
      'trial.yaml:5:11: a user name has lower-case letters, digits, _ and -',
      "trial.yaml:6:5: a password is given as its hash: write passwordHash, made by 'openssl passwd -6'",
      'trial.yaml:7:19: a crypt hash is wanted, never the password itself; make one with: openssl passwd -6',
      'trial.yaml:8:19: no such file: id.pub',
      'trial.yaml:10:11: an absolute path without . or .. is wanted',
      'trial.yaml:11:11: write the mode in quotes, as "0644"',
      'trial.yaml:12:13: no such file: banner',
      'trial.yaml:13:14: auto, or a size such as "512M" or "4G" is wanted',
      "trial.yaml:13:24: unknown value 'uefy'; did you mean 'uefi'?",
      "trial.yaml:14:16: unknown value 'vhdk'; did you mean 'vhd'?",
    ]);
  });

  it('takes other configurations that an installer offers, and refuses them where it does not ask', async () => {
    const head = 'version: "1.0"\npackages: [a]\n';
    const files = {
      'all.yaml': `${head}installer: {afterwards: reboot, systems: [b.yaml, {config: c.yaml}]}\n`,
      'b.yaml':
        'version: "2.0"\npackages: [b]\nformats: [iso]\ninstaller: {kickstart: true}\nscripts: {preInstall: [{content: x}]}\n',
      'c.yaml': `extends: all.yaml\ndisk: {encryption: {}}\n`,
    };
    const { config } = await loadImageConfig('all.yaml', await folderOf(files));
    expect(config.systems).toMatchObject([
      { name: 'b', version: '2.0', installer: { kickstart: false, afterwards: 'reboot' }, systems: [] },
      { name: 'c', packages: ['a'], disk: { encryption: { type: 'luks2' } }, systems: [] },
    ]);
    const said = await problems(`${head}installer: {target: only, systems: [gone.yaml]}\n`);
    expect(said.map((line) => line.replace(/^trial\.yaml:/, ''))).toEqual([
      '3:36: only who is asked can choose a system: leave out target',
      '3:37: no such file: gone.yaml',
    ]);
  });

  it("tells what is wrong in an included list by that file's name", async () => {
    const found = await problems('version: "1"\ninclude: [list.yaml]\n', { 'list.yaml': '\npackges: [a]\n' });
    expect(found).toContain("list.yaml:2:1: unknown key 'packges'; did you mean 'packages'?");
  });

  it('says of a package list who includes it', async () => {
    const files = {
      'a.yaml': 'version: "1"\ninclude: [other.yaml, trial.yaml]\n',
      'b.json': JSON.stringify({ Disks: [], SystemConfigs: [{ Name: 'b', PackageLists: ['trial.yaml'] }] }),
      'c.yaml': 'version: "1"\ninclude: [other.yaml]\n',
      'folder.yaml/x': '',
    };
    const said = 'trial.yaml:1:1: this is a package list, and no configuration; included by a.yaml, b.json';
    expect(await problems('packages: [a]\n', files)).toEqual([said]);
    const [alone] = await problems('packages: [a]\n', { 'c.yaml': files['c.yaml'] });
    expect(alone).toContain("a package list is named by a configuration's include");
    const [config] = await problems('packages: [a]\nhostname: x\n', files);
    expect(config).toBe('trial.yaml:1:1: \'version\' is missing: a release version such as "1.0"');
  });

  it.each([
    ['a syntax error', 'version: "1"\n  packages: [a\n', /^trial\.yaml:2:1: /],
    [
      'a key that is there twice',
      'version: "1"\nversion: "2"\npackages: [a]\n',
      /^trial\.yaml:2:1: .*unique/,
    ],
    ['no version', 'packages: [a]\n', /^trial\.yaml:1:1: 'version' is missing/],
    ['no package', 'version: "1"\n', /^trial\.yaml:1:1: no package is named/],
    ['an empty file', '', /^trial\.yaml:1:1: 'version' is missing/],
    ['a list instead of a mapping', '- a\n', /^trial\.yaml:1:1: /],
    [
      'a user that is there twice',
      'version: "1"\npackages: [a]\nusers: [{name: a}, {name: a}]\n',
      /:3:27: 'a' is there twice/,
    ],
    [
      'content and source',
      'version: "1"\npackages: [a]\nfiles: [{path: /x, content: y, source: trial.yaml}]\n',
      /:3:9: give either/,
    ],
    ['neither content nor source', 'version: "1"\npackages: [a]\nfiles: [{path: /x}]\n', /:3:9: give either/],
    [
      'a path that leads out',
      'version: "1"\npackages: [a]\nfiles: [{path: /x/../../y, content: a}]\n',
      /:3:16: an absolute path/,
    ],
    [
      'quotes for the kernel',
      'version: "1"\npackages: [a]\nkernelArgs: a "b"\n',
      /:3:13: one line without quotes/,
    ],
    [
      'a partition that grows with another behind it',
      'version: "1"\npackages: [a]\ndisk:\n  boot: uefi\n  partitions:\n    - {id: a, fileSystem: ext4, mount: /, grow: true}\n    - {id: b, flags: [esp], fileSystem: vfat}\n',
      /:6:49: 'a' cannot grow: 'b' is behind it/,
    ],
    [
      'a FAT that grows',
      'version: "1"\npackages: [a]\ndisk:\n  boot: uefi\n  partitions:\n    - {id: a, fileSystem: ext4, mount: /}\n    - {id: b, flags: [esp], fileSystem: vfat, mount: /b, grow: true}\n',
      /:7:64: a vfat does not grow/,
    ],
    [
      'a loader of UEFI for a BIOS',
      'version: "1"\npackages: [a]\ndisk: {boot: both, loader: systemd-boot}\n',
      /:3:28: systemd-boot starts under UEFI only/,
    ],
    [
      'Secure Boot of a BIOS',
      'version: "1"\npackages: [a]\nformats: [raw]\ndisk: {boot: bios, secureBoot: {key: a, certificate: a}}\n',
      /:4:32: Secure Boot is a part of UEFI/,
    ],
    [
      'a name with a zero byte',
      'version: "1"\nfiles: [{path: "/a\\0b", content: x}]\n',
      /:2:16: the name of a file/,
    ],
    [
      'a name of 256 bytes',
      `version: "1"\nfiles: [{path: /${'ä'.repeat(128)}, content: x}]\n`,
      /:2:16: the name of a file/,
    ],
    ['an alias of nothing', 'version: "1"\npackages: [a, *en]\n', /:2:15: nothing above is marked '&en'/],
    ['aliases of aliases', aliases(9), /:1:1: its aliases stand for too much/],
    ['a second document', 'version: "1"\n---\n', /:2:1: a second document begins here/],
    ['too small a number', 'version: "1"\nusers: [{name: a, uid: -1}]\n', /:2:24: at least 0 is wanted/],
    ['too large a number', 'version: "1"\nusers: [{name: a, uid: 4294967295}]\n', /:2:24: at most \d+ is/],
    ['a size as a number', 'version: "1"\npackages: [a]\ndisk: {size: 512}\n', /:3:14: auto, or a size/],
  ])('refuses %s', async (_, text, expected) => {
    expect((await problems(text))[0]).toMatch(expected);
  });

  it.each(['key', 'users'])('refuses a private key (%s) without showing it', async (where) => {
    const secret = '-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n';
    const text =
      where === 'key'
        ? 'version: "1"\npackages: [a]\nusers: [{name: a, sshKeyFiles: [key]}]\n'
        : 'version: "1"\npackages: [a]\nusers:\n  - name: a\n    sshKeys:\n      - |\n        -----BEGIN OPENSSH PRIVATE KEY-----\n        c2VjcmV0\n';
    const found = (await problems(text, { key: secret })).join('\n');
    expect(found).toContain('private key');
    expect(found).not.toContain('c2VjcmV0');
  });

  it('names the configurations that there are', async () => {
    const folder = await folderOf({ 'configs/a.yaml': '', 'configs/b.json': '{}', 'configs/c.txt': '' });
    await expect(loadImageConfig('configs/x.yaml', folder)).rejects.toMatchObject({
      code: 'CONFIG_NOT_FOUND',
      message: 'configs/x.yaml: no such configuration',
      hint: 'Take one of these: a.yaml, b.json.',
    });
  });
});

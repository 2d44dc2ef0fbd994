import { once } from 'node:events';
import { chmod, readFile, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadImageConfig } from '../../toolkit/config/image.ts';
import type { ImageConfig } from '../../toolkit/domain/image.ts';
import { imageConfig } from '../support/image-host.ts';
import { textFolders } from '../support/text-folder.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAA me@host';
const folderOf = textFolders();

async function load(text: string, files: Readonly<Record<string, string>> = {}): Promise<ImageConfig> {
  const folder = await folderOf({ 'trial.yaml': text, ...files });
  return (await loadImageConfig('trial.yaml', folder)).config;
}

/** The lines of the error that a configuration gives. */
async function problems(text: string, files: Readonly<Record<string, string>> = {}): Promise<string[]> {
  try {
    await load(text, files);
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', errorClass: 'usage' });
    return (error as Error).message.split('\n');
  }
  throw new Error('the configuration was taken');
}

/** The same without their places in the file. */
async function messages(text: string): Promise<string[]> {
  return (await problems(text)).map((line) => line.replace(/^trial\.yaml:\d+:\d+: /, ''));
}

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

  it('wants a key, and UEFI, for a signed root hash', async () => {
    const text = 'version: "1.0"\npackages: [a]\ndisk: {verity: {signed: true}}\n';
    expect(await problems(text)).toEqual([
      'trial.yaml:3:25: the root hash is signed with the key of disk.secureBoot: name one',
      'trial.yaml:3:25: the kernel has the keys that it trusts from UEFI: say boot: uefi',
    ]);
  });

  it('runs a live ISO of any name from memory', async () => {
    const text = (format: string) =>
      `version: "1.0"\npackages: [a]\nformats: [raw]\nliveRoot: memory\notherArtifacts: [{name: x, format: ${format}}]\n`;
    expect(await load(text('iso'))).toMatchObject({ liveRoot: 'memory' });
    expect(await messages(text('qcow2'))).toEqual([
      'it is of a live ISO: say the format iso; pxe runs from memory always',
    ]);
  });

  it('tells what a verified /usr cannot be', async () => {
    const text = `version: "1.0"
packages: [a]
disk:
  boot: uefi
  usrVerity: {dataBy: partlabel, hashBy: partlabel}
  partitions:
    - {id: esp, flags: [esp], fileSystem: vfat}
    - {id: root, fileSystem: ext4, mount: /}
    - {id: usr, fileSystem: btrfs, mount: /usr}
    - {id: hashes, name: 'a b', type: linux-usr-verity-amd64, fileSystem: ext4}
`;
    expect(await messages(text)).toEqual([
      "'usr' has no name to be found by",
      "nothing is found by a name with spaces, quotes or commas: 'hashes'",
      'a dm-verity /usr is one of ext4, erofs, squashfs',
      "'hashes' is for the hashes of the /usr: it has no file system",
    ]);
    expect(await messages(text.replace('mount: /usr', 'mount: /srv'))).toContain(
      'no partition is mounted at /usr',
    );
    expect(await messages(text.replace('boot: uefi', 'boot: uefi\n  verity: {name: usr}'))).toContain(
      '/dev/mapper/usr is the verified /usr: give the root another name',
    );
    const squashed = text.replace('btrfs', 'squashfs').replace('dataBy: partlabel', 'dataBy: uuid');
    expect(await messages(squashed)).toContain('a squashfs has no uuid: say partuuid');
  });

  it('has /usr in a partition of its own, which an installer does not', async () => {
    const text = `version: "1.0"
packages: [a]
disk:
  boot: uefi
  partitions:
    - {id: esp, flags: [esp], fileSystem: vfat}
    - {id: root, fileSystem: ext4, mount: /}
    - {id: usr, fileSystem: ext4, mount: /usr}
`;
    await expect(load(text)).resolves.toBeDefined();
    expect(await messages(`${text}formats: [iso]\ninstaller: {}\n`)).toEqual([
      'an installer has /usr in the root',
    ]);
    const usual = 'version: "1.0"\npackages: [a]\nformats: [iso]\ndisk: {usrVerity: {}}\ninstaller: {}\n';
    expect(await problems(usual)).toEqual(['trial.yaml:4:19: an installer has /usr in the root']);
    expect(await messages(text.replace('mount: /usr', 'mount: /usr, grow: true'))).toEqual([
      '/usr is mounted before systemd starts, which makes others grow',
    ]);
  });

  it('tells what a dm-verity root cannot be', async () => {
    const text = `version: "1.0"
packages: [a]
disk:
  boot: uefi
  encryption: {type: luks2}
  verity: {overlays: [/etc]}
  partitions:
    - {id: esp, flags: [esp], fileSystem: vfat}
    - {id: root, fileSystem: xfs, mount: /, grow: true}
    - {id: hashes, type: linux-root-verity-amd64, fileSystem: ext4}
`;
    expect(await messages(text)).toEqual([
      'a root is either encrypted or of dm-verity',
      'a dm-verity root is one of ext4, erofs, squashfs',
      "'root' cannot grow: 'hashes' is behind it",
      'a dm-verity root is read-only: it cannot grow',
      "'hashes' is for the hashes of the root: it has no file system",
    ]);
    expect(await messages(text.replace('[/etc]', "[/, /etc/../var, '/a:b']"))).toEqual([
      'folders of the root are wanted, not all of it',
      'an absolute path without . or .. is wanted',
      'overlayfs takes no comma, colon or backslash',
    ]);
  });

  it('mounts nothing by a label that a line of fstab cannot name', async () => {
    const text = `version: "1.0"
packages: [a]
disk:
  boot: uefi
  partitions:
    - {id: esp, flags: [esp], fileSystem: vfat}
    - {id: root, label: my root, fileSystem: ext4, mount: /, mountBy: label}
    - {id: home, name: my home, fileSystem: ext4, mount: /home}
`;
    expect(await problems(text)).toEqual([
      "trial.yaml:7:71: nothing is mounted by a label with spaces or quotes: 'root'",
    ]);
  });

  it('tells what an xfs cannot be', async () => {
    const text = (data: string) => `version: "1.0"
packages: [a]
disk:
  boot: none
  partitions:
    - {id: root, size: 1G, fileSystem: ext4, mount: /}
    - {id: data, fileSystem: xfs, ${data}}
`;
    expect(await problems(text('size: 299M, label: thirteen-byte'))).toEqual([
      "trial.yaml:7:41: an xfs has 300M or more: 'data' is smaller",
      "trial.yaml:7:54: an xfs has 12 bytes for its label, and 'thirteen-byte' is longer",
    ]);
    expect(await problems(text('start: 2G, end: 2300M'))).toEqual([
      "trial.yaml:7:51: an xfs has 300M or more: 'data' is smaller",
    ]);
    expect(await load(text('size: 300M, label: twelve-bytes'))).toMatchObject({ name: 'trial' });
    expect(await load(text('label: twelve-bytes'))).toMatchObject({ name: 'trial' });
  });

  it.each([
    ['vfat', 'twelve-bytes', "a vfat has 11 bytes for its label, and 'twelve-bytes' is longer"],
    ['fat32', 'a:b', "the label of a FAT has letters, digits, spaces, _ and -: 'a:b' has others"],
    ['ext4', 'seventeen-letters', "an ext4 has 16 bytes for its label, and 'seventeen-letters' is longer"],
    ['ext2', 'neun-Größen-xxxx', "an ext2 has 16 bytes for its label, and 'neun-Größen-xxxx' is longer"],
    ['swap', 'sixteen--letters', "a swap has 15 bytes for its label, and 'sixteen--letters' is longer"],
    ['erofs', 'x', 'an erofs has no label: say name, the label of its partition'],
  ])('tells a label that %s has no room for', async (fileSystem, label, message) => {
    const text = (one: string) => `version: "1.0"
packages: [a]
disk:
  boot: none
  partitions:
    - {id: root, size: 1G, fileSystem: ext4, mount: /}
    - {id: data, fileSystem: ${fileSystem}, label: "${one}"}
`;
    expect(await messages(text(label))).toEqual([message]);
    if (fileSystem === 'erofs') return;
    expect(await load(text('fifteen-letters'.slice(0, 11)))).toMatchObject({ name: 'trial' });
  });

  it('tells a label of a FAT that nothing would be found by', async () => {
    const text = (label: string) => `version: "1.0"
packages: [a]
disk:
  boot: none
  partitions:
    - {id: root, size: 1G, fileSystem: ext4, mount: /}
    - {id: data, fileSystem: vfat, label: ${label}, mount: /data, mountBy: label}
`;
    expect(await messages(text('lower'))).toEqual([
      "a FAT has its label in capitals: write 'LOWER', or it is not found by it",
    ]);
    expect(await load(text('UPPER'))).toMatchObject({ name: 'trial' });
  });

  it('tells what an encrypted root cannot be', async () => {
    const text = `version: "1.0"
packages: [a]
disk:
  boot: bios
  encryption: {type: luks2}
  partitions:
    - {id: bios, flags: [bios-grub]}
    - {id: root, fileSystem: erofs, mount: /, grow: true, artifacts: [{name: x, format: ext4.gz}]}
formats: [ext4.zst, raw]
`;
    const said = await messages(text);
    expect(said.toSorted()).toEqual(
      [
        'a passphraseFile is wanted, whose first line opens the root',
        'what asks for the passphrase lies in a partition with the flag esp, or at /boot, and there is none',
        'an encrypted root is not emitted as ext4: say partitions',
        'an encrypted root is one of ext4, ext3, ext2, btrfs',
        'GRUB reads no erofs, where the kernel is: add a partition with the flag esp, or one of ext4 at /boot',
        'an encrypted root does not grow',
        'an erofs does not grow: an ext2, ext3, ext4, btrfs or xfs does, where it is mounted',
        "'root' is encrypted: it is emitted as raw",
      ].toSorted(),
    );
    const named = text.replace('[ext4.zst, raw]', '[raw]\notherArtifacts: [{name: y, format: ext4}]');
    expect(await messages(named)).toContain('an encrypted root is not emitted as ext4: say partitions');
    const right = text
      .replace('boot: bios', 'boot: uefi')
      .replace('{type: luks2}', '{passphraseFile: banner}')
      .replace('flags: [bios-grub]', 'flags: [esp], fileSystem: vfat')
      .replace(/erofs.*}$/m, 'btrfs, mount: /}')
      .replace('ext4.zst, ', '');
    await expect(problems(right, { banner: 'open sesame' })).rejects.toThrow('was taken');
  });

  it('tells what else cannot be encrypted', async () => {
    const text = `version: "1.0"
packages: [a]
disk:
  boot: uefi
  encryption: {passphraseFile: trial.yaml}
  partitions:
    - {id: esp, flags: [esp], fileSystem: vfat}
    - {id: root, fileSystem: ext4, mount: /}
    - {id: data, fileSystem: ext4, encrypted: true}
    - {id: home, fileSystem: xfs, mount: /home, encrypted: true, grow: true}
    - {id: a, fileSystem: ext4, mount: /a/b, encrypted: true}
    - {id: b, fileSystem: ext4, mount: /a-b, encrypted: true}
    - {id: swap, fileSystem: swap, encrypted: true}
`;
    expect(await messages(text)).toEqual([
      "nothing would open 'data', which is mounted nowhere",
      'what is encrypted is swap, or one of ext4, ext3, ext2, btrfs',
      "'home' cannot grow: 'a' is behind it",
      'what is encrypted does not grow',
      'another opened partition is called luks-a-b too',
    ]);
    const open = text.replace(/^ *encryption.*\n/m, '');
    expect((await messages(open)).filter((line) => line.includes('disk.encryption too'))).toHaveLength(5);
  });

  it('tells what an installer cannot encrypt', async () => {
    const head = 'version: "1.0"\npackages: [a]\n';
    const sealed = 'disk: {encryption: {passphraseFile: banner}}\n';
    const files = { banner: 'open sesame' };
    const said = async (text: string) =>
      (await problems(`${head}${text}`, files)).map((line) => line.replace(/^trial\.yaml:/, ''));
    expect(await said(`installer: {encryption: optional, target: only}\n`)).toEqual([
      '3:25: it is disk.encryption that may be declined, and there is none',
      '3:25: only who is asked can decline: leave out target',
    ]);
    expect(await said(`installer: {}\nformats: [iso, qcow2.gz]\n${sealed}`)).toEqual([
      '5:20: an installer encrypts the disk that it installs to: make qcow2.gz by another configuration',
      '5:37: an installer that asks asks for the passphrase, too: leave it out',
    ]);
    for (const installer of [
      `installer: {target: only}\n${sealed}`,
      'installer: {target: only}\ndisk: {encryption: {}}\n',
      'installer: {encryption: optional}\ndisk: {encryption: {}}\n',
    ]) {
      await expect(said(installer)).rejects.toThrow('was taken');
    }
  });

  it('takes a kickstart, and refuses what its scripts decide', async () => {
    const head = 'version: "1"\npackages: [a]\n';
    const scripts = 'scripts: {preInstall: [{content: "true"}]}\n';
    const { installer, disk, scripts: taken } = await load(`${head}installer: {kickstart: true}\n${scripts}`);
    expect(installer).toMatchObject({ kickstart: true, target: undefined });
    expect(taken.preInstall).toMatchObject([{ name: 'preInstall-1', content: { text: 'true' } }]);
    expect(disk.partitions.map(({ id, grow }) => [id, grow])).toEqual([
      ['bios', false],
      ['esp', false],
      ['root', false],
    ]);
    const told = async (text: string) => await messages(`${head}${text}`);
    expect(await told(scripts)).toEqual(['they are for a kickstart: say installer.kickstart: true']);
    expect(await told('installer: {kickstart: true}\n')).toEqual([
      'scripts.preInstall are wanted, which write /tmp/part-include',
    ]);
    const partition = '{id: root, mount: /, fileSystem: ext4}';
    const disks = `{table: mbr, verity: {}, rawBinaries: [{source: x}], partitions: [${partition}]}`;
    expect(
      await told(
        `installer: {kickstart: true, target: only, encryption: optional}\ndisk: ${disks}\n${scripts}`,
      ),
    ).toEqual(
      expect.arrayContaining([
        'the scripts of a kickstart choose the disk, by --ondisk: leave it out',
        'the scripts of a kickstart make the partitions: leave them out',
        'a kickstart makes a GPT: leave it out',
        'a kickstart makes the root anew, and its hashes would be others',
        'where they would lie is known only to the scripts of a kickstart',
        'only who is asked can decline: leave out kickstart',
      ]),
    );
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

  it('wants what an rdiff is the difference to', async () => {
    const root =
      '{id: root, fileSystem: ext4, mount: /, size: max, artifacts: [{name: d, format: rdiff.gz}]}';
    const text = `version: "1"\npackages: [a]\ndisk: {boot: none, partitions: [${root}]}\n`;
    expect(await problems(text)).toEqual([
      expect.stringMatching(/^trial.yaml:3:\d+: 'root' has no rdiffBase/),
    ]);
    const based = text.replace('size: max', 'size: max, rdiffBase: old.raw');
    const { disk } = await load(based, { 'old.raw': 'x' });
    expect(disk.partitions[0]).toMatchObject({ artifacts: [{ name: 'd', format: 'rdiff.gz' }] });
    expect(disk.partitions[0]?.rdiffBase).toMatch(/\/old\.raw$/);
    expect(await problems(based)).toEqual([expect.stringContaining('no such file: old.raw')]);
  });

  it('wants what a diff is over, and files that can differ', async () => {
    const parts = (more: string) => `version: "1"
packages: [a]
disk:
  boot: none
  partitions:
    - {id: root, fileSystem: ext4, mount: /, size: max, ${more}}
    - {id: swap, fileSystem: swap, size: 4M, overlayBase: old.raw, artifacts: [{name: s, format: diff}]}
`;
    const text = parts('artifacts: [{name: d, format: diff.gz}]');
    expect(await problems(text, { 'old.raw': 'x' })).toEqual([
      expect.stringMatching(/^trial.yaml:6:\d+: 'root' has no overlayBase/),
      expect.stringMatching(/^trial.yaml:7:\d+: 'swap' has no files that could differ/),
    ]);
    const based = parts('overlayBase: old.raw, artifacts: [{name: d, format: diff.gz}]').replace(
      /\n.*swap.*/,
      '',
    );
    const { disk } = await load(based, { 'old.raw': 'x' });
    expect(disk.partitions[0]).toMatchObject({ artifacts: [{ name: 'd', format: 'diff.gz' }] });
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

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CUSTOMIZER_UNMADE } from '../../toolkit/config/image-customizer/unmade.ts';
import { findPlaced, plain } from '../../toolkit/config/placed.ts';
import { PARTITION_TYPES } from '../../toolkit/domain/disk.ts';
import { defaultFormats, imageFormats } from '../../toolkit/domain/image-format.ts';
import { updatesOf } from '../../toolkit/pipeline/changed-packages.ts';
import { trialConfigs } from '../support/trial-config.ts';

const { loadWhole: load, problems } = trialConfigs();

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

const OS = `
input:
  image:
    path: base.qcow2
os:
  hostname: box
  packages:
    installLists: [ssh.yaml]
    install: [nano, zlib=1.3]
    remove: [netbase]
  kernelCommandLine:
    extraCommandLine: [quiet, console=ttyS1]
  bootloader:
    resetType: hard-reset
  additionalFiles:
    - {source: a.txt, destination: /etc/a}
    - {content: "b\\n", destination: /etc/b, permissions: "664"}
  groups:
    - {name: staff, gid: 1234}
  users:
    - name: ada
      uid: 1500
      password: {type: hashed, value: $6$salt$hash}
      sshPublicKeyPaths: [ada.pub]
      primaryGroup: staff
      secondaryGroups: [wheel]
      homeDirectory: /srv/ada
  services:
    enable: [sshd]
    disable: [timer]
  modules:
    - {name: vfio, loadMode: always, options: {disable_vga: Y}}
    - {name: floppy, loadMode: disable}
scripts:
  postCustomization:
    - {path: a.sh, arguments: [one]}
    - {content: print(1), interpreter: python3, environmentVariables: {A: b}}
output:
  image:
    path: ./out/box.vhd
    format: vhd-fixed
previewFeatures: [uki]
`;
const FILES = {
  'base.qcow2': 'disk',
  'ssh.yaml': 'packages: [openssh]\n',
  'a.txt': 'a',
  'a.sh': 'true',
  'ada.pub': 'ssh-ed25519 AAAA ada\n',
};

describe('loadImageConfig of a configuration of the Image Customizer', () => {
  it('means what it says of the system', async () => {
    const { config, placed } = await load(OS, FILES);
    expect(config).toMatchObject({
      ...{ name: 'trial', artifactName: 'box', version: '1.0', hostname: 'box' },
      packages: ['openssh', 'nano', 'zlib = 1.3'],
      removePackages: ['netbase'],
      kernelArgs: 'quiet console=ttyS1',
      groups: [{ name: 'staff', gid: 1234 }],
      services: { enable: ['sshd'], disable: ['timer'] },
      formats: ['vhd'],
    });
    expect(config.users).toMatchObject([
      {
        ...{ name: 'ada', uid: 1500, passwordHash: '$6$salt$hash', group: 'staff', groups: ['wheel'] },
        ...{ home: '/srv/ada', sshKeys: ['ssh-ed25519 AAAA ada'] },
      },
    ]);
    expect(config.files).toMatchObject([
      { path: '/etc/a', mode: 0o644, content: { kind: 'source' } },
      { path: '/etc/b', mode: 0o664, content: { text: 'b\n' } },
      { path: '/etc/modules-load.d/modules-load.conf', content: { text: 'vfio\n' } },
      { path: '/etc/modprobe.d/modules-disabled.conf', content: { text: 'blacklist floppy\n' } },
      { path: '/etc/modprobe.d/module-options.conf', content: { text: 'options vfio disable_vga=Y\n' } },
    ]);
    expect(config.scripts.postInstall).toMatchObject([
      { name: 'a.sh', args: ['one'] },
      { name: 'postInstall-2', content: { text: 'print(1)' }, interpreter: 'python3', env: { A: 'b' } },
    ]);
    const [base] = findPlaced(placed, 'base');
    expect(plain(base!.found)).toEqual({ image: 'base.qcow2', kernelArgs: 'drop' });
  });

  it('means what it says of the disk', async () => {
    const { config } = await load(`
storage:
  bootType: efi
  disks:
    - partitionTableType: gpt
      maxSize: 4G
      partitions:
        - {id: esp, type: esp, start: 1M, end: 9M}
        - {id: boot, size: 1024M}
        - {id: home, type: home, label: homes, size: 2048K}
        - {id: root}
  filesystems:
    - {deviceId: esp, type: fat32, mountPoint: {path: /boot/efi, options: umask=0077}}
    - {deviceId: boot, type: ext4, mountPoint: /boot}
    - {deviceId: home, type: ext4, mountPoint: {path: /home, idType: part-label}}
    - {deviceId: root, type: ext4, mountPoint: {path: /, idType: uuid}}
os:
`);
    const [mib, gib] = [1024 ** 2, 1024 ** 3];
    expect(config.disk).toMatchObject({ boot: 'uefi', table: 'gpt', size: 4 * gib });
    expect(config.disk.partitions).toMatchObject([
      {
        ...{ id: 'esp', flags: ['esp'], start: mib, size: 8 * mib, fileSystem: 'vfat', mount: '/boot/efi' },
        mountOptions: 'umask=0077',
      },
      { id: 'boot', size: gib, fileSystem: 'ext4', mount: '/boot', mountBy: 'uuid' },
      {
        ...{ id: 'home', name: 'homes', type: '933ac7e1-2eb4-4f13-b844-0e14e2aef915', size: 2 * mib },
        ...{ mount: '/home', mountBy: 'partlabel' },
      },
      { id: 'root', size: 'max', mount: '/', mountBy: 'uuid' },
    ]);
  });

  it('lays one over those of its baseConfigs', async () => {
    const base = 'os:\n  hostname: below\n  packages: {install: [one]}\n';
    const { config } = await load(
      'baseConfigs: [{path: base.yaml}]\nos: {hostname: above, packages: {install: [two]}}\n',
      {
        'base.yaml': base,
      },
    );
    expect(config).toMatchObject({ hostname: 'above', packages: ['one', 'two'] });
  });

  it('takes a vhd as a dynamic one, and no password out of the file', async () => {
    const text =
      'os: {users: [{name: ada, password: {type: plain-text, value: secret}}]}\noutput: {image: {format: vhd}}\n';
    const { config } = await load(text);
    expect(config.formats).toEqual(['vhd-dynamic']);
    expect(config.users[0]?.password?.reveal()).toBe('secret');
    expect(JSON.stringify(config)).not.toContain('secret');
  });

  it('locks an account that is said to be locked', async () => {
    const users = '[{name: ada, password: {type: locked}}, {name: eve, password: {}}, {name: root}]';
    const { config } = await load(`os: {users: ${users}}\n`);
    expect(config.users.map(({ passwordHash }) => passwordHash)).toEqual(['*', '*', undefined]);
  });

  it('tells mistyped keys and values with their places', async () => {
    expect(await problems('os:\n  hostnam: x\n')).toEqual([
      "trial.yaml:2:3: unknown key 'hostnam'; did you mean 'hostname'?",
    ]);
    expect(await problems('os: {}\nstorage:\n  bootType: eif\n')).toEqual([
      "trial.yaml:3:13: unknown value 'eif'; did you mean 'efi'?",
    ]);
    expect(await problems('os:\n  additionalFiles:\n    - {destination: /a}\n')).toEqual([
      'trial.yaml:3:7: give either content or source',
    ]);
    expect(await problems('os:\n  additionalFiles:\n    - {destination: a, content: x}\n')).toEqual([
      'trial.yaml:3:21: an absolute path without . or .. is wanted',
    ]);
  });

  const HASHED = `
storage:
  bootType: efi
  reinitializeVerity: all
  disks:
    - partitions:
        - {id: esp, type: esp, size: 64M}
        - {id: root, size: 2G}
        - {id: hashes, size: 100M}
  verity:
    - {id: verityroot, name: root, dataDeviceId: root, hashDeviceId: hashes, corruptionOption: panic}
  filesystems:
    - {deviceId: esp, type: fat32, mountPoint: /boot/efi}
    - {deviceId: verityroot, type: ext4, mountPoint: {path: /, options: ro}}
`;

  it('makes the root a dm-verity device', async () => {
    const { config } = await load(HASHED);
    expect(config.disk.verity).toMatchObject({ name: 'root', onCorruption: 'panic' });
    expect(config.disk.partitions.slice(1)).toMatchObject([
      { id: 'root', fileSystem: 'ext4', mount: '/', mountOptions: 'ro' },
      { id: 'hashes', type: PARTITION_TYPES.rootVerityX8664, fileSystem: undefined },
    ]);
  });

  it('makes /usr a dm-verity device too, found as it says', async () => {
    const text = HASHED.replace(
      '  verity:',
      '        - {id: usr, label: u, size: 1G}\n        - {id: usrhash, size: 1M}\n  verity:',
    )
      .replace(
        '  filesystems:',
        '    - {id: v, name: usr, dataDeviceId: usr, hashDeviceId: usrhash, dataDeviceMountIdType: part-label, hashDeviceMountIdType: uuid}\n  filesystems:',
      )
      .concat('    - {deviceId: v, type: ext4, mountPoint: {path: /usr, options: ro}}\n');
    const { config } = await load(text);
    expect(config.disk.verity).toMatchObject({ name: 'root', dataBy: 'partuuid', hashBy: 'partuuid' });
    expect(config.disk.usrVerity).toMatchObject({
      onCorruption: 'io-error',
      dataBy: 'partlabel',
      hashBy: 'uuid',
    });
    expect(config.disk.partitions.slice(2)).toMatchObject([
      { id: 'hashes', type: PARTITION_TYPES.rootVerityX8664 },
      { id: 'usr', fileSystem: 'ext4', mount: '/usr' },
      { id: 'usrhash', type: PARTITION_TYPES.usrVerityX8664, fileSystem: undefined },
    ]);
  });

  it('makes partitions of the image dm-verity devices', async () => {
    const text = (device: string) =>
      `storage:\n  verity:\n    - {id: v, name: usr, corruptionOption: panic, dataDevice: {idType: part-label, id: u}${device}}\n`;
    const { config, placed } = await load(text(', hashDevice: {idType: part-label, id: h}'));
    expect(config.disk).toMatchObject({ usrVerity: { onCorruption: 'panic' }, verity: undefined });
    const labels = ['data', 'hashes'].map((key) => findPlaced(placed, `base.verityPartitions.usr.${key}`)[0]);
    expect(labels.map((one) => one && plain(one.found))).toEqual(['u', 'h']);
    expect(await problems(text(''))).toEqual(['trial.yaml:3:63: give hashDevice too']);
    expect((await problems(text(', hashDevice: {idType: uuid, id: h}')))[0]).toContain(
      "unknown value 'uuid'",
    );
    const both = `${HASHED}`.replace('dataDeviceId: root', 'dataDevice: {idType: part-label, id: r}');
    expect((await problems(both)).join('\n')).toContain(
      'of new partitions say dataDeviceId and hashDeviceId',
    );
  });

  it.each([
    ['hashDeviceId: hashes', 'hashDeviceId: root', 'hashes within the partition of the data are not made'],
    ['hashDeviceId: hashes', 'hashDeviceId: other', "there is no partition 'other'"],
    ['path: /,', 'path: /srv,', "the device 'root' is for what storage.filesystems mounts at /"],
    ['name: root', 'name: usr', "the device 'usr' is for what storage.filesystems mounts at /usr"],
    [
      '  filesystems',
      '    - {id: b, name: root}\n  filesystems',
      "another dm-verity device has the name 'root'",
    ],
  ])('refuses a dm-verity device with %s as %s', async (from, to, message) => {
    expect((await problems(HASHED.replace(from, to))).join('\n')).toContain(message);
  });

  it('mounts overlays', async () => {
    const overlay =
      '{lowerDirs: [/a, /b], upperDir: /c/u, workDir: /c/w, mountPoint: /a, mountDependencies: [/c]}';
    const { config } = await load(`os:\n  overlays: [${overlay}]\n`);
    expect(config.overlays).toEqual([
      {
        ...{ mount: '/a', lower: ['/a', '/b'], upper: '/c/u', work: '/c/w', after: ['/c'], early: false },
        options: undefined,
      },
    ]);
    const early = `os:\n  overlays: [${overlay.replace('}', ', isInitrdOverlay: true}')}]\n`;
    expect((await load(early)).config.overlays).toMatchObject([{ mount: '/a', early: true }]);
    expect(
      (await problems(`os:\n  overlays: [${overlay.replace('/c/u', '"/c,u"')}]\n`)).join('\n'),
    ).toContain('a path without spaces, commas and colons is wanted');
  });

  it('gives a medium its arguments where it is all that is made', async () => {
    const text = (format: string) => `
iso: {initramfsType: bootstrap, kernelCommandLine: {extraCommandLine: [live]}}
os: {kernelCommandLine: {extraCommandLine: [quiet]}}
output: {image: {format: ${format}}}
`;
    expect((await load(text('iso'))).config).toMatchObject({ kernelArgs: 'quiet live', formats: ['iso'] });
    expect((await problems(text('vhdx'))).join('\n')).toContain(
      "'iso.kernelCommandLine' of the Image Customizer is made only beside 'output.image.format: iso'",
    );
    expect((await load(`iso: {kernelCommandLine: {extraCommandLine: [live]}}\n`)).config).toMatchObject({
      ...{ kernelArgs: 'live', formats: ['iso'] },
    });
    const pxe = 'pxe: {kernelCommandLine: {extraCommandLine: [net]}}\noutput: {image: {format: pxe-dir}}\n';
    expect((await load(pxe)).config).toMatchObject({ kernelArgs: 'net', formats: ['pxe'] });
  });

  it('has files of a medium', async () => {
    const text = (medium: string, format: string) => `
${medium}:
  additionalFiles: [{source: a.txt, destination: /data/a, sha256hash: ${sha256Of('a')}}, {content: b, destination: /b}]
output: {image: {format: ${format}}}
`;
    const files = { 'a.txt': 'a' };
    for (const [medium, format, made] of [
      ['iso', 'iso', 'iso'],
      ['pxe', 'pxe-tar', 'pxe.tar.gz'],
    ] as const) {
      const { config } = await load(text(medium, format), files);
      expect(config).toMatchObject({
        formats: [made],
        mediumFiles: [
          { path: '/data/a', content: { kind: 'source' } },
          { path: '/b', content: { kind: 'text', text: 'b' } },
        ],
      });
    }
    await expect(load(text('pxe', 'pxe-dir'), files)).rejects.toThrow(
      'they are in iso and pxe.tar.gz only: say one of these formats',
    );
    expect((await problems(text('iso', 'vhdx'))).join('\n')).toContain(
      "'iso.additionalFiles' of the Image Customizer is made only beside 'output.image.format: iso'",
    );
  });

  it.each([
    ['update: [zlib]', ['zlib']],
    ['updateExistingPackages: true', 'all'],
    ['updateExistingPackages: false', undefined],
  ])('updates packages: %s', async (text, wanted) => {
    const { placed } = await load(`os:\n  packages:\n    ${text}\n`);
    const [found] = findPlaced(placed, 'base.update');
    expect(found === undefined ? undefined : plain(found.found)).toEqual(wanted);
    expect(updatesOf({ placed, listedUpdates: [] })).toEqual(wanted ?? []);
  });

  it('emits boot programs beside the image', async () => {
    const text = 'artifacts: {path: ./out, items: [ukis, shim]}';
    expect((await load(`output: {image: {format: vhdx}, ${text}}\n`)).config.formats).toEqual([
      'vhdx',
      'efi.tar',
    ]);
    expect((await load(`output: {${text}}\n`)).config.formats).toEqual(
      imageFormats.filter((format) => [...defaultFormats, 'efi.tar'].includes(format)),
    );
    expect((await problems('output: {artifacts: {path: x, items: [uki]}}\n')).join('\n')).toContain(
      "unknown value 'uki'; did you mean 'ukis'?",
    );
  });

  it('says of everything that is not made what to do instead', () => {
    for (const { key, instead } of CUSTOMIZER_UNMADE) expect([key, instead.length > 10]).toEqual([key, true]);
  });

  it('runs from memory where the initramfs is the full system', async () => {
    expect((await load('iso: {initramfsType: full-os}\n')).config).toMatchObject({
      ...{ liveRoot: 'memory', formats: ['iso'] },
    });
    expect((await load('iso: {initramfsType: bootstrap}\n')).config.liveRoot).toBe('medium');
    const other = 'iso: {initramfsType: full-os}\noutput: {image: {format: raw}}\n';
    expect(await problems(other)).toEqual([
      'trial.yaml:1:22: it is of a live ISO: say the format iso; pxe runs from memory always',
    ]);
  });

  it('takes what is said of kdump: a live medium has all of /boot', async () => {
    const text = (how: string) => `iso: {kdumpBootFiles: ${how}}\noutput: {image: {format: iso}}\n`;
    expect((await load(text('keep'))).config.formats).toEqual(['iso']);
    expect((await problems(text('kept'))).join('\n')).toContain("unknown value 'kept'");
  });

  it('gives the disk other UUIDs', async () => {
    const { placed } = await load('storage: {resetPartitionsUuidsType: reset-all}\n');
    expect(findPlaced(placed, 'base.uuids').map(({ found }) => plain(found))).toEqual(['reset']);
  });

  it.each([
    ['output:\n  image:\n    format: cosi\n', 3, "'output.image.format: cosi'"],
    ['pxe:\n  bootstrapBaseUrl: x\n', 2, "'pxe.bootstrapBaseUrl'"],
    ['storage:\n  reinitializeVerity: none\n', 2, "'storage.reinitializeVerity: none'"],
    ['pxe:\n  initramfsType: bootstrap\n', 2, "'pxe.initramfsType: bootstrap'"],
  ])('refuses by name and line what is not made: %s', async (text, line, what) => {
    const [first] = await problems(text);
    expect(first).toContain(`trial.yaml:${line}:`);
    expect(first).toContain(`${what} of the Image Customizer is not made`);
  });
});

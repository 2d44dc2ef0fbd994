import { access, readdir } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type LoadedImageConfig, type LoadOptions, loadImageConfig } from '../../toolkit/config/image.ts';
import { effectiveYaml } from '../../toolkit/config/image-effective.ts';
import { textFolders } from '../support/text-folder.ts';

/** Configurations of Azure Linux, where the machine has them. */
const CORPUS = resolve(import.meta.dirname, '../../../shared/corpus/azurelinux/imageconfigs');

const folderOf = textFolders();

async function loadText(name: string, text: string, options: LoadOptions): Promise<LoadedImageConfig> {
  return await loadImageConfig(name, await folderOf({ [name]: text }), options);
}

async function load(
  config: object,
  files: Readonly<Record<string, string>> = {},
  options: LoadOptions = {},
): Promise<LoadedImageConfig> {
  const all = { 'trial.json': JSON.stringify(config, null, 1), ...files };
  return await loadImageConfig('trial.json', await folderOf(all), options);
}

async function problems(config: object, options: LoadOptions = {}): Promise<string[]> {
  return await load(config, {}, options).then(
    () => [],
    (error: Error) => error.message.split('\n'),
  );
}

const SYSTEM = { Name: 'Standard', Packages: ['a'] };
const ROOTFS = [{ Artifacts: [{ Name: 'Base', Compression: 'tar.gz' }] }];
const PARTITIONS = [
  { ID: 'boot', Flags: ['esp', 'boot'], Start: 1, End: 9, FsType: 'fat32' },
  { ID: 'root', Start: 9, End: 0, FsType: 'ext4' },
];
const DISK = {
  PartitionTableType: 'gpt',
  MaxSize: 100,
  Partitions: PARTITIONS,
  Artifacts: [{ Type: 'vhd' }],
};
const BOOTS = {
  ...SYSTEM,
  BootType: 'efi',
  KernelOptions: { default: 'kernel' },
  PartitionSettings: [
    { ID: 'boot', MountPoint: '/boot/efi', MountOptions: 'umask=0077' },
    { ID: 'root', MountPoint: '/' },
  ],
};

describe('loadImageConfig of a configuration of the Azure Linux toolkit', () => {
  it('takes keys in any letter case, comments and nulls', async () => {
    const { config } = await load(
      {
        _comment: 'a root file system',
        disks: [{ ARTIFACTS: [{ name: 'Base', _comment: 1, compression: 'tar.gz' }], maxsize: null }],
        systemconfigs: [
          {
            name: 'Standard',
            packagelists: ['lists/a.json'],
            kerneloptions: { _comment: 'none', default: 'kernel' },
          },
        ],
      },
      { 'lists/a.json': '{"_comment": "x", "Packages": ["one", "two=1.2"]}' },
    );
    expect(config).toMatchObject({
      name: 'trial',
      artifactName: 'Base',
      packages: ['kernel', 'one', 'two = 1.2'],
      formats: ['tar.gz'],
      disk: { partitions: [] },
    });
  });

  it('puts disks and the settings of their partitions together', async () => {
    const { config } = await load({ Disks: [DISK], SystemConfigs: [BOOTS] });
    const MIB = 1024 ** 2;
    expect(config.disk).toMatchObject({ size: 100 * MIB, boot: 'uefi', table: 'gpt' });
    expect(config.disk.partitions).toMatchObject([
      {
        ...{ id: 'boot', start: MIB, size: 8 * MIB, fileSystem: 'fat32', flags: ['esp', 'boot'] },
        ...{ mount: '/boot/efi', mountOptions: 'umask=0077', mountBy: 'partuuid' },
      },
      { id: 'root', start: 9 * MIB, size: 'max', mount: '/' },
    ]);
    expect(config.formats).toEqual(['vhd']);
  });

  it('builds the default system, or the one that is named', async () => {
    const config = {
      Disks: ROOTFS,
      SystemConfigs: [SYSTEM, { Name: 'Other', IsDefault: true, Packages: ['b'] }],
    };
    expect((await load(config)).config.packages).toEqual(['b']);
    expect((await load(config, {}, { system: 'Standard' })).config.packages).toEqual(['a']);
    expect(await problems(config, { system: 'standart' })).toEqual([
      expect.stringContaining("there is no system configuration 'standart'; did you mean 'Standard'?"),
    ]);
  });

  it('offers the other systems where an installer asks, each with what is laid over all', async () => {
    const other = { Name: 'Other', IsDefault: true, Packages: ['b'] };
    const systems = { SystemConfigs: [{ ...SYSTEM, PackageLists: ['list.json'] }, other] };
    const files = {
      'trial.json': JSON.stringify(systems),
      'list.json': '{"packages": ["c"]}',
      'over.yaml': 'extends: trial.json\npackages: [d]\n',
    };
    const folder = await folderOf(files);
    const { config, packages, files: read, ...loaded } = await loadImageConfig('over.yaml', folder);
    expect(config).toMatchObject({ title: 'Other', packages: ['b', 'd'], formats: ['iso'] });
    expect(config.systems).toMatchObject([{ title: 'Standard', packages: ['c', 'a', 'd'], systems: [] }]);
    expect(config.systems[0]!.installer?.target).toBeUndefined();
    expect(packages.map(({ name }) => name)).toEqual(['b', 'd', 'c', 'a']);
    expect(read.map((path) => basename(path))).toEqual(['over.yaml', 'trial.json', 'list.json']);
    expect(effectiveYaml({ ...loaded, config, packages, files: read })).toContain(
      `systems:\n    - config: ${folder}/over.yaml\n      system: Standard\n`,
    );
    const chosen = await loadImageConfig('over.yaml', folder, { system: 'Standard' });
    expect(chosen.config).toMatchObject({ title: 'Standard', systems: [] });
    const target = { ...systems, Disks: [{ TargetDisk: { Type: 'path', Value: '/dev/sda' } }] };
    expect((await load(target, { 'list.json': '{}' })).config.systems).toEqual([]);
  });

  it('tells what is wrong in a package list of a system that is offered, and whose passwords it has', async () => {
    const user = { Name: 'ada', Password: 'open sesame' };
    const systems = [SYSTEM, { ...SYSTEM, Name: 'Other', PackageLists: ['list.json'], Users: [user] }];
    const said = await load({ SystemConfigs: systems }, { 'list.json': '{"Pakages": []}' }).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(said).toMatch(/^list\.json:1:2: unknown key 'Pakages'/);
    const { config, withoutSecrets } = await load({ SystemConfigs: systems }, { 'list.json': '{}' });
    expect(config.systems[0]!.users[0]!.password?.reveal()).toBe('open sesame');
    expect([...withoutSecrets.values()].join()).not.toContain('sesame');
    expect([...withoutSecrets.values()].join()).toContain('ada');
  });

  it('takes EnableGrubMkconfig where it says what it is anyway', async () => {
    const { unmade } = await load({ Disks: [DISK], SystemConfigs: [{ ...BOOTS, EnableGrubMkconfig: true }] });
    expect(unmade).toEqual([]);
  });

  it('takes every key of a system, those of CBL-Mariner too', async () => {
    const { config, missing } = await load(
      {
        Disks: [DISK, { MaxSize: 5, PartitionTableType: 'mbr' }],
        SystemConfigs: [
          {
            ...BOOTS,
            Hostname: 'core',
            EnableGrubMkconfig: false,
            EnableSystemdFirstboot: true,
            KernelCommandLine: {
              CGroup: 'version_two',
              ImaPolicy: ['tcb', ''],
              SELinux: 'force_enforcing',
              SELinuxPolicy: 'policy',
              EnableFIPS: true,
              ExtraCommandLine: 'quiet',
            },
            AdditionalFiles: {
              'a.cfg': '/etc/a',
              'b.sh': ['/etc/b', { Path: '/etc/c', Permissions: '600' }],
            },
            PostInstallScripts: [{ Path: 'p.sh', Args: '-a "b c"' }],
            Networks: [
              {
                Device: 'eth0',
                BootProto: 'static',
                Ip: '192.0.2.7',
                NetMask: '255.255.255.0',
                OnBoot: true,
              },
            ],
            PackageRepos: [{ Name: 'r', BaseUrl: 'https://example.org/r', Install: true }],
            Groups: [{ Name: 'ops', GID: '1500' }],
            Users: [
              {
                ...{ Name: 'ada', UID: '1001', PrimaryGroup: 'ops', SecondaryGroups: ['wheel'] },
                ...{ PasswordExpiresDays: -1, StartupCommand: '/bin/menu', HomeDirectory: '/srv/ada' },
              },
            ],
            ReadOnlyVerityRoot: { Enable: true, VerityErrorBehavior: 'panic', TmpfsOverlays: ['/var'] },
            HidepidDisabled: false,
            RemoveRpmDb: true,
            PreserveTdnfCache: true,
            DisableRpmDocs: true,
            OverrideRpmLocales: 'en:de',
          },
        ],
      },
      {},
      { missingFiles: 'tell' },
    );
    expect(config).toMatchObject({
      hostname: 'core',
      machineId: 'uninitialized',
      hidepid: true,
      kernelArgs: 'systemd.unified_cgroup_hierarchy=1 ima_policy=tcb fips=1 quiet',
      selinux: { mode: 'force-enforcing', policy: 'policy' },
      files: [
        { path: '/etc/a', mode: 0o644 },
        { path: '/etc/b', mode: 0o644 },
        { path: '/etc/c', mode: 0o600 },
      ],
      scripts: { postInstall: [{ args: ['-a', 'b c'] }] },
      networks: [{ device: 'eth0', method: 'static', addresses: ['192.0.2.7/24'], onBoot: true }],
      repositories: [{ name: 'r', gpgCheck: true, repoGpgCheck: true, install: true }],
      groups: [{ name: 'ops', gid: 1500 }],
      users: [{ name: 'ada', uid: 1001, group: 'ops', shell: '/bin/menu', passwordExpiresDays: -1 }],
      rpm: { docs: false, locales: ['en', 'de'], database: 'remove', cache: 'keep' },
      disk: { verity: { name: 'verity_root_fs', onCorruption: 'panic', overlays: ['/var'] } },
      otherDisks: [{ table: 'mbr' }],
    });
    expect(missing.map(({ message }) => message)).toEqual([
      'no such file: a.cfg',
      'no such file: b.sh',
      'no such file: b.sh',
      'no such file: p.sh',
    ]);
  });

  it('takes further disks with what they are emitted as, and what is mounted of them', async () => {
    const more = {
      ...{ PartitionTableType: 'mbr', MaxSize: 64 },
      Partitions: [{ ID: 'data', Start: 1, End: 0, FsType: 'ext4', Artifacts: [{ Name: 'd', Type: 'raw' }] }],
      Artifacts: [
        { Name: 'more', Type: 'vhdx' },
        { Name: 'other', Type: 'raw', Compression: 'gz' },
      ],
    };
    const system = {
      ...BOOTS,
      PartitionSettings: [...BOOTS.PartitionSettings, { ID: 'data', MountPoint: '/d' }],
    };
    const { config, unmade } = await load({ Disks: [DISK, more, { MaxSize: 8 }], SystemConfigs: [system] });
    expect(unmade).toEqual([]);
    expect(config.otherDisks).toMatchObject([
      {
        ...{ artifactName: 'more', formats: ['vhdx'], otherArtifacts: [{ name: 'other', format: 'raw.gz' }] },
        partitions: [
          { mount: '/d', mountBy: 'partuuid', size: 'max', artifacts: [{ name: 'd', format: 'raw' }] },
        ],
      },
      { artifactName: 'trial-disk3', formats: ['vhd'], size: 8 * 1024 ** 2, partitions: [] },
    ]);
    const bad = { Disks: [DISK, { ...more, Artifacts: [{ Type: 'ova' }] }], SystemConfigs: [system] };
    expect(await problems(bad)).toEqual([expect.stringMatching(/^trial.json:\d+:\d+: /)]);
  });

  it('takes what the original has no deed for as what it is there', async () => {
    const network = { Device: 'bootif', Ip: '192.0.2.7', NetMask: '255.255.255.0', OnBoot: true };
    const { config, unmade, missing } = await load({
      Disks: ROOTFS,
      SystemConfigs: [
        {
          ...SYSTEM,
          PreInstallScripts: [{ Path: 'p.sh' }],
          Networks: ['bootp', 'ibft'].map((BootProto) => ({ ...network, BootProto })),
        },
      ],
    });
    expect(config.networks.map(({ method }) => method)).toEqual(['static', 'static']);
    expect(config.scripts.preInstall).toEqual([]);
    expect([...unmade, ...missing]).toEqual([]);
    const bare = {
      Disks: ROOTFS,
      SystemConfigs: [{ ...SYSTEM, Networks: [{ ...network, Ip: '', BootProto: 'ibft' }] }],
    };
    expect(await problems(bare)).toEqual([expect.stringContaining('a static network wants addresses')]);
  });

  it('takes a kickstart with its scripts, and asks nobody which system it is', async () => {
    const kickstart = { ...SYSTEM, IsKickStartBoot: true, BootType: 'legacy' };
    const PreInstallScripts = [{ Path: 'p.sh', Args: '-a "b c"' }];
    const { config, unmade, missing } = await load(
      {
        SystemConfigs: [
          { ...kickstart, PreInstallScripts },
          { ...SYSTEM, Name: 'Other' },
        ],
      },
      { 'p.sh': 'true\n' },
    );
    expect([...unmade, ...missing]).toEqual([]);
    expect(config.systems).toEqual([]);
    expect(config.installer).toMatchObject({ kickstart: true, target: undefined });
    expect(config.scripts.preInstall).toMatchObject([{ name: 'p.sh', args: ['-a', 'b c'] }]);
    expect(config.disk.boot).toBe('bios');
    expect(await problems({ Disks: [DISK], SystemConfigs: [{ ...kickstart, PreInstallScripts }] })).toEqual(
      expect.arrayContaining([expect.stringContaining('Disks and PartitionSettings have no place here')]),
    );
  });

  it('takes the password of an encrypted root for what opens it', async () => {
    const partitions = [PARTITIONS[0], { ...PARTITIONS[1], Flags: ['dmroot'] }];
    const Disks = [{ ...DISK, Partitions: partitions }];
    const { config, unmade } = await load({
      Disks,
      SystemConfigs: [{ ...BOOTS, Encryption: { Enable: true, Password: 'hunter2' } }],
    });
    expect(config.disk.encryption).toMatchObject({ type: 'luks1' });
    expect(config.disk.encryption?.passphrase?.reveal()).toBe('hunter2');
    expect(unmade).toEqual([]);
    const bare = { Disks, SystemConfigs: [{ ...BOOTS, Encryption: { Enable: true, Password: '' } }] };
    expect(await problems(bare)).toEqual([expect.stringContaining('a passphraseFile is wanted')]);
  });

  it('keeps a password that is not hashed where no JSON shows it', async () => {
    const { config, placed } = await load({
      Disks: ROOTFS,
      SystemConfigs: [{ ...SYSTEM, Users: [{ Name: 'ada', Password: 'hunter2' }] }],
    });
    expect(config.users[0]?.password?.reveal()).toBe('hunter2');
    expect(JSON.stringify([config, placed])).not.toContain('hunter2');
    expect(String(config.users[0]?.password)).toBe('***');
  });

  it.each<[string, object]>([
    ['of a user', { Users: [{ Name: 'ada', Password: 'hunter2' }] }],
    ['of a disk that is not encrypted', { Encryption: { Enable: false, Password: 'hunter2' } }],
  ])(
    'tells what a file says without the password %s, also of a system that is not built',
    async (_, parts) => {
      const secret = { ...SYSTEM, ...parts };
      const other = { ...SYSTEM, Name: 'Other', IsDefault: true };
      for (const systems of [[secret], [secret, other]]) {
        const { files, withoutSecrets } = await load({ Disks: ROOTFS, SystemConfigs: systems });
        const said = withoutSecrets.get(files[0]!);
        expect(said).toContain('"packages":["a"]');
        expect(said).not.toContain('hunter2');
      }
      const { withoutSecrets } = await load({ Disks: ROOTFS, SystemConfigs: [other] });
      expect(withoutSecrets.size).toBe(0);
    },
  );

  it.each<[string, object, string]>([
    ['a mistyped key', { ...SYSTEM, Hostnam: 'x' }, "unknown key 'Hostnam'; did you mean 'Hostname'?"],
    [
      'a mistyped key of a file',
      { ...SYSTEM, AdditionalFiles: { a: [{ Path: '/a', Permisions: '1' }] } },
      "unknown key 'Permisions'; did you mean 'Permissions'?",
    ],
    ['a value that there is not', { ...SYSTEM, BootType: 'efy' }, "unknown value 'efy'; did you mean 'efi'?"],
    ['no packages', { Name: 'x' }, 'give PackageLists or Packages'],
    [
      'a setting of no partition',
      { ...BOOTS, PartitionSettings: [{ ID: 'x', MountPoint: '/' }] },
      "no disk has a partition 'x'",
    ],
    ['a system without a kernel', { ...BOOTS, KernelOptions: {} }, 'wants a kernel'],
    [
      'an encrypted root without its flag',
      { ...BOOTS, Encryption: { Enable: true } },
      'wants the flag dmroot',
    ],
  ])('refuses %s with its place', async (_, system, message) => {
    const found = await problems({ Disks: [DISK], SystemConfigs: [system] });
    expect(found[0]).toMatch(/^trial\.json:\d+:\d+: /);
    expect(found.join('\n')).toContain(message);
  });

  it.each<[string, object, string]>([
    [
      'partitions that overlap',
      {
        ...DISK,
        Partitions: [
          { ID: 'a', Start: 1, End: 9 },
          { ID: 'b', Start: 8 },
        ],
      },
      "'b' overlaps 'a'",
    ],
    [
      'a partition beyond the disk',
      { ...DISK, Partitions: [{ ID: 'a', Start: 1, End: 109 }] },
      "'a' is 9 MiB beyond the disk's 100M",
    ],
    [
      'two partitions of one ID',
      {
        ...DISK,
        Partitions: [
          { ID: 'a', End: 1 },
          { ID: 'a', Start: 2 },
        ],
      },
      "another partition has the id 'a'",
    ],
    ['a disk without a size', { Partitions: PARTITIONS }, 'wants a MaxSize'],
    [
      'a format that does not exist',
      { Artifacts: [{ Type: 'vhdk' }] },
      "unknown value 'vhdk'; did you mean 'vhd'?",
    ],
  ])('refuses %s', async (_, disk, message) => {
    const found = await problems({ Disks: [disk], SystemConfigs: [SYSTEM] });
    expect(found.join('\n')).toContain(message);
  });

  it('refuses keys that differ in letter case only', async () => {
    const found = await problems({ Disks: ROOTFS, SystemConfigs: [{ ...SYSTEM, name: 'again' }] });
    expect(found).toEqual([expect.stringContaining("'name' is there twice")]);
  });

  it('refuses a name of a system for a configuration that has none', async () => {
    const text = 'version: "1"\npackages: [a]\n';
    await expect(loadText('a.yaml', text, { system: 'x' })).rejects.toThrow(
      "a.yaml:1:1: there is no system configuration 'x' in it",
    );
  });

  it('gets the release version that it is built as', async () => {
    const config = { Disks: [{ Artifacts: ROOTFS[0]!.Artifacts }], SystemConfigs: [SYSTEM] };
    expect((await load(config)).config.version).toBe('1.0');
    expect((await load(config, {}, { release: '3.0.1' })).config.version).toBe('3.0.1');
  });

  it("loads all of Azure Linux's configurations", async (test) => {
    const isThere = await access(CORPUS).then(
      () => true,
      () => false,
    );
    test.skip(!isThere, `${CORPUS} is not there`);
    const names = (await readdir(CORPUS)).filter((name) => name.endsWith('.json'));
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) {
      const loaded = await loadImageConfig(name, CORPUS, { missingFiles: 'tell' });
      const { config } = loaded;
      expect(config.packages.length, name).toBeGreaterThan(0);
      expect(config.formats.length > 0 || config.installer !== undefined, name).toBe(true);
      const shown = await loadText('shown.yaml', effectiveYaml(loaded), { missingFiles: 'tell' });
      expect(shown.config, name).toEqual(config);
    }
  });
});

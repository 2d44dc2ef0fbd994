import { describe, expect, it } from 'vitest';
import { trialConfigs } from '../support/trial-config.ts';

const { load, problems, messages } = trialConfigs();

describe('disks and media of a configuration', () => {
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
    expect(await messages('version: "1.0"\npackages: [a]\ndisk: {usrVerity: {}}\n')).toEqual([
      'no partition is mounted at /usr: give disk.partitions one',
    ]);
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
});

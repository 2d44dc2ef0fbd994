import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultCacheDir } from '../../toolkit/host/host.ts';
import { type Clone, cloneCheckout, removeTree } from '../support/checkout.ts';
import { bootArtifact, type Login, makeLogin } from '../support/images.ts';

/** What is read before it is mounted, is opened by an initramfs. */
const SEALED = `version: "1.0"
packages: [filesystem, distrokit-release, busybox, distrokit-init, netbase, dropbear, kernel, veritysetup, util-linux]
disk:
  boot: uefi
  verity: {overlays: [/etc, /var], validateOnBoot: true, errorCorrection: true}
  partitions:
    - {id: esp, flags: [esp], fileSystem: vfat}
    - {id: root, name: root, fileSystem: erofs, mount: /}
formats: [raw]
`;
const LOCKED = `extends: minimal.yaml
formats: !replace [raw]
packages: [cryptsetup]
disk: {boot: uefi, encryption: {passphraseFile: passphrase}}
`;
const CHANGES = `version: "2.0"
formats: [raw]
files: [{path: /usr/share/added, content: "added\\n", mode: "0604"}]
kernelArgs: after=1
`;
const ADDED = [
  'cat /usr/share/added',
  'stat -c %a /usr/share/added',
  'cat /proc/cmdline',
  'cat /proc/mounts',
];

describe('an image that is changed', () => {
  const passphrase = `pass ${Math.random().toString(36).slice(2, 12)}`;
  let home: string;
  let login: Login;
  let clone: Clone;

  const write = async (name: string, text: string) => await writeFile(join(clone.dir, 'configs', name), text);
  const change = async (name: string) =>
    await clone.run([
      'toolkit/distrokit',
      'customize',
      `images/${name}/${name}-1.0.raw`,
      'configs/changed.yaml',
    ]);

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'customize-'));
    // Packages are taken from the cache that a user of this checkout has: they take an hour to build.
    clone = await cloneCheckout(join(home, 'work'), 'clone', 'root', defaultCacheDir());
    login = await makeLogin(home);
    await clone.must(['make', 'setup']);
    await write('sealed.yaml', `${SEALED}${login.yaml}`);
    await write('locked.yaml', `${LOCKED}${login.yaml}`);
    await write('passphrase', `${passphrase}\n`);
  });

  afterAll(async () => {
    if (home !== undefined) await removeTree(home);
  });

  it('starts from an erofs of dm-verity, which an initramfs opens', async () => {
    await clone.must(['make', 'image', 'CONFIG=configs/sealed.yaml']);
    await write('changed.yaml', CHANGES);
    expect(await change('sealed')).toMatchObject({ code: 0 });
    const commands = [...ADDED, 'cat /sys/block/dm-0/dm/uuid', '! touch /usr/x', 'touch /etc/x /var/x'];
    const asked = { commands, timeoutS: 900 };
    const said = await bootArtifact(clone, 'changed', login, ['raw', 'uefi', 'virtio'], asked);
    expect(said[0]).toBe('added');
    expect(said[1]).toBe('604');
    expect(said[2]).toMatch(/ rd\.roothash=\S+ .*after=1$/);
    expect(said[3]).toMatch(/^\/dev\/\S+ \/ erofs ro/m);
    expect(said[4]).toMatch(/^CRYPT-VERITY-[0-9a-f]{32}-root$/);
  });

  it('starts from an encrypted root, by the same passphrase, which stands nowhere', async () => {
    await clone.must(['make', 'image', 'CONFIG=configs/locked.yaml']);
    await write('changed.yaml', `${CHANGES}disk: {encryption: {passphraseFile: passphrase}}\n`);
    expect(await change('locked')).toMatchObject({ code: 0 });
    const asked = { passphrase, commands: [...ADDED, 'cryptsetup status root'], timeoutS: 900 };
    const said = await bootArtifact(clone, 'changed', login, ['raw', 'uefi', 'virtio'], asked);
    expect(said[0]).toBe('added');
    expect(said[2]).toMatch(/ rd\.luks\.name=\S+=root .*after=1$/);
    expect(said[3]).toMatch(/^\/dev\/mapper\/root \/ ext4 rw/m);
    expect(said[4]).toMatch(/cipher: +aes-xts-plain64/);
    for (const ending of ['intoto.json', 'lock.json', 'manifest.jsonl']) {
      const text = await readFile(join(clone.dir, `images/changed/changed-2.0.${ending}`), 'utf8');
      expect(text).not.toContain(passphrase);
    }
  });

  it('is not opened by another passphrase, or by none', async () => {
    await write('wrong', 'nope\n');
    await write('changed.yaml', `${CHANGES}disk: {encryption: {passphraseFile: wrong}}\n`);
    const wrong = await change('locked');
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('the passphrase does not open the encrypted root');
    await write('changed.yaml', CHANGES);
    const none = await change('locked');
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('disk.encryption.passphraseFile');
  });
});

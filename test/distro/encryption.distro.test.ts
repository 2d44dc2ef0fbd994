import { createHash } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultCacheDir } from '../../toolkit/host/host.ts';
import { type Clone, cloneCheckout, removeTree } from '../support/checkout.ts';
import { artifactsOf, bootArtifact, type Login, makeLogin } from '../support/images.ts';
import { must, run } from '../support/shell.ts';

/** Packages are taken from the cache that a user of this checkout has: cryptsetup and glibc take an hour to build. */
const CACHE = defaultCacheDir();

describe('an encrypted root', () => {
  const passphrase = `pass ${Math.random().toString(36).slice(2, 12)}`;
  let home: string;
  let login: Login;
  let clone: Clone;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'encryption-'));
    clone = await cloneCheckout(join(home, 'work'), 'clone', 'root', CACHE);
    login = await makeLogin(home);
    await clone.must(['make', 'setup']);
    await writeFile(join(clone.dir, 'configs/passphrase'), `${passphrase}\n`);
    const disk = 'disk: {encryption: {passphraseFile: passphrase}}';
    const args = 'kernelArgs: no_timer_check';
    const head = `extends: minimal.yaml\nformats: !replace [raw]\n${args}\n${login.yaml}${disk}\n`;
    await writeFile(join(clone.dir, 'configs/sealed.yaml'), `${head}packages: [cryptsetup]\n`);
    await writeFile(join(clone.dir, 'configs/unopened.yaml'), head);
    const partitions = [
      '{id: esp, flags: [esp], fileSystem: vfat}, {id: root, fileSystem: ext4, mount: /}',
      '{id: home, fileSystem: ext4, mount: /home, encrypted: true}',
      '{id: swap, fileSystem: swap, size: 64M, encrypted: true}',
    ].join(', ');
    const more = `boot: uefi, partitions: [${partitions}]`;
    const divided = head.replace('passphraseFile: passphrase}}', `passphraseFile: passphrase}, ${more}}`);
    await writeFile(
      join(clone.dir, 'configs/divided.yaml'),
      `${divided}packages: [cryptsetup, util-linux]\n`,
    );
  });

  afterAll(async () => {
    if (home !== undefined) await removeTree(home);
  });

  it.each(['uefi', 'bios'])(
    'is opened by what is typed on the serial line, started by %s',
    async (firmware) => {
      await clone.must(['make', 'image', 'CONFIG=configs/sealed.yaml']);
      const commands = ['cat /proc/mounts', 'cryptsetup status root', 'cryptsetup luksDump /dev/vda3'];
      const asked = { passphrase, commands, timeoutS: 900 };
      const said = await bootArtifact(clone, 'sealed', login, ['raw', firmware, 'virtio'], asked);
      expect(said[0]).toMatch(/^\/dev\/mapper\/root \/ ext4 rw/m);
      expect(said[1]).toMatch(/cipher: +aes-xts-plain64[\s\S]*sector size: +4096/);
      expect(said[2]).toMatch(/PBKDF: +argon2id/);
    },
  );

  it('has other partitions beside it that the same passphrase opens, and swap with a key of each start', async () => {
    await clone.must(['make', 'image', 'CONFIG=configs/divided.yaml']);
    const commands = ['cat /proc/mounts', 'cat /proc/swaps', 'cryptsetup status swap1', 'touch /home/x'];
    const asked = { passphrase, commands, timeoutS: 900 };
    const said = await bootArtifact(clone, 'divided', login, ['raw', 'uefi', 'virtio'], asked);
    expect(said[0]).toMatch(/^\/dev\/mapper\/luks-home \/home ext4 rw/m);
    expect(said[1]).toContain('/dev/mapper/swap1');
    expect(said[2]).toMatch(/type: +PLAIN/);
  });

  it('has another volume key each time, and shows nothing of what is in it', async () => {
    const first = (await artifactsOf(clone, 'sealed'))[0]!;
    await clone.must(['make', 'image', 'CONFIG=configs/sealed.yaml']);
    const second = (await artifactsOf(clone, 'sealed'))[0]!;
    expect(second.sha256).not.toBe(first.sha256);
    const raw = join(clone.dir, 'images/sealed', second.name);
    expect((await run(['grep', '-zqaF', 'This system was built from source', raw])).code).toBe(1);
  });

  it('leaves nothing of its passphrase behind', async () => {
    const digest = createHash('sha256').update(passphrase).digest('hex');
    const ofFile = createHash('sha256').update(`${passphrase}\n`).digest('hex');
    const places = [join(clone.dir, 'images'), join(clone.dir, 'out'), clone.cache];
    const script = `find ${places.map((place) => `'${place}'`).join(' ')} -type f -newer '${clone.dir}/configs/passphrase' -print0 | xargs -0 grep -zslaF -e '${passphrase}' -e '${digest}' -e '${ofFile}' || true`;
    expect((await must(['sh', '-c', script])).stdout.trim()).toBe('');
  });

  it('is not said to be reproducible, and not made of an image that cannot open it', async () => {
    const verified = await clone.run(['toolkit/distrokit', 'verify', 'configs/sealed.yaml']);
    expect(verified.code).not.toBe(0);
    expect(verified.stderr).toContain('its volume key and salts are random');
    const unopened = await clone.run(['make', 'image', 'CONFIG=configs/unopened.yaml']);
    expect(unopened.code).not.toBe(0);
    expect(unopened.stderr).toContain('the image has no cryptsetup');
  });
});

import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { initProgram } from '../../../../toolkit/stages/rootfs-to-disk/initramfs/init-program.ts';
import { must, run } from '../../../support/shell.ts';

describe('initProgram', () => {
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'initramfs-'));
    for (const path of ['bin', 'dev', 'proc', 'run', 'sys/class/tty/console', 'sys/class/block/vda1']) {
      await mkdir(join(dir, path), { recursive: true });
    }
    for (const path of ['calls', 'dev/console', 'dev/tty0', 'dev/ttyS0', 'dev/vda1'])
      await writeFile(join(dir, path), '');
    await writeFile(join(dir, 'sys/class/tty/console/active'), 'tty0 ttyS0\n');
    await stub('insmod', '');
    await stub('findfs', '[ "$1" = UUID=right ] && echo "$TOP/dev/vda1"');
    await stub('veritysetup', '');
    await stub('mount', '');
    await stub('switch_root', '');
    // It would sleep for ever.
    await stub('sleep', 'if [ "$1" = 60 ]; then kill "$PPID"; fi');
  });

  afterEach(async () => {
    await rm(dir, { recursive: true });
  });

  /** A program that writes down how it was called, and then does more. */
  async function stub(name: string, more: string): Promise<void> {
    const path = join(dir, 'bin', name);
    const text = `#!/bin/sh\nTOP=${dir}\necho "${name} $*" | sed "s,$TOP,,g" >> "$TOP/calls"\n${more}\n`;
    await writeFile(path, text);
    await chmod(path, 0o755);
  }

  /** What it runs, once mounted is what every system has. The files that it asks are those of a folder here. */
  async function start(
    line: string,
    args: readonly string[] = [],
    shell = '/bin/sh',
  ): Promise<readonly string[]> {
    await writeFile(join(dir, 'calls'), '');
    await writeFile(join(dir, 'proc/cmdline'), `${line}\n`);
    const text = initProgram(shell)
      .replace('/usr/sbin:/usr/bin:/sbin:/bin', `${dir}/bin:/usr/bin:/bin`)
      .replaceAll(
        /(?<=[ "=<>])(?=\/(?:dev|proc|run|sys|sysroot|modules|mounts|opened|root-hash\.p7s)\b)/g,
        dir,
      )
      .replace('[ -b', '[ -f')
      .replace('[ ! -b', '[ ! -f')
      .replace(`ask < "${dir}/dev/$console"`, `ask < "${dir}/typed"`)
      .replace(`${dir}/dev/*)`, '/*)');
    await run(['sh', '-c', text, 'init', ...args]);
    const calls = (await readFile(join(dir, 'calls'), 'utf8')).trimEnd().split('\n');
    expect(calls.slice(0, 4).map((call) => call.split(' ').at(-1))).toEqual([
      '/proc',
      '/sys',
      '/dev',
      '/run',
    ]);
    return calls.slice(4);
  }

  const consoles = async () => {
    const [screen, line] = await Promise.all(
      ['tty0', 'ttyS0'].map(async (name) => await readFile(join(dir, 'dev', name), 'utf8')),
    );
    expect(screen).toBe(line);
    return screen!;
  };

  it.each(['/bin/sh', '/usr/bin/busybox sh'])('is a script of the shell that it names: %s', async (shell) => {
    const text = initProgram(shell);
    expect(text.split('\n')[0]).toBe(`#!${shell}`);
    await must(['bash', '-n'], { input: text });
    expect(text).not.toMatch(/undefined|\$\{\w+\.\w+/);
  });

  it('loads modules in their order, mounts the root as it is told, and starts what is in it', async () => {
    await writeFile(join(dir, 'modules'), '/lib/xor.ko\n/lib/btrfs.ko\n');
    const line = 'root=UUID=right rootfstype=btrfs rootflags=compress=zstd rw console=tty0 init=/bin/other';
    expect(await start(line, ['single'])).toEqual([
      ...['insmod /lib/xor.ko', 'insmod /lib/btrfs.ko', 'findfs UUID=right'],
      'mount -t btrfs -o rw,compress=zstd /dev/vda1 /sysroot',
      ...['proc', 'sys', 'dev', 'run'].map((name) => `mount --move /${name} /sysroot/${name}`),
      'switch_root /sysroot /bin/other single',
    ]);
    expect(await consoles()).toBe('');
  });

  it('takes the path of a device, and what the kernel takes where nothing is said', async () => {
    const calls = await start(`root=${dir}/dev/vda1`);
    expect(calls[0]).toBe('mount -t auto -o ro /dev/vda1 /sysroot');
    expect(calls.at(-1)).toBe('switch_root /sysroot /sbin/init');
  });

  describe('a dm-verity root', () => {
    const words = (more: string) =>
      `root=${dir}/dev/mapper/sealed ro rd.systemd.verity_root_data=UUID=right rd.systemd.verity_root_hash=UUID=tree rd.roothash=abcd ${more}`;

    beforeEach(async () => {
      await mkdir(join(dir, 'dev/mapper'));
      await writeFile(join(dir, 'dev/vda2'), '');
      await stub('findfs', 'case $1 in UUID=right) echo "$TOP/dev/vda1" ;; *) echo "$TOP/dev/vda2" ;; esac');
      await stub('veritysetup', 'echo content > "$TOP/dev/mapper/sealed"');
    });

    const opened = async (more: string) =>
      (await start(words(more))).filter((call) => !/^(?:findfs|mount --move)/.test(call));

    it('is opened first', async () => {
      expect(await opened('rootfstype=erofs')).toEqual([
        'veritysetup open /dev/vda1 sealed /dev/vda2 abcd',
        ...['mount -t erofs -o ro /dev/mapper/sealed /sysroot', 'switch_root /sysroot /sbin/init'],
      ]);
      expect(await consoles()).toBe('');
    });

    it('is opened with options, the devices among them looked up', async () => {
      const options = 'panic-on-corruption,fec-device=PARTUUID=x,fec-offset=4096,fec-roots=2';
      expect((await opened(`rd.systemd.verity_root_options=${options}`))[0]).toBe(
        'veritysetup open /dev/vda1 sealed /dev/vda2 abcd --panic-on-corruption --fec-device=/dev/vda2 --fec-offset=4096 --fec-roots=2',
      );
    });

    it('is opened with a signature of its root hash', async () => {
      await stub('veritysetup', 'cp "$TOP/root-hash.p7s" "$TOP/given"; : > "$TOP/dev/mapper/sealed"');
      const signature = Buffer.from([0, 255, 10, 0x3e, 0x3f, 1]);
      const options = `ignore-corruption,root-hash-signature=base64:${signature.toString('base64')}`;
      expect((await opened(`rd.systemd.verity_root_options=${options}`))[0]).toBe(
        'veritysetup open /dev/vda1 sealed /dev/vda2 abcd --ignore-corruption --root-hash-signature=/root-hash.p7s',
      );
      expect(await readFile(join(dir, 'given'))).toEqual(signature);
    });

    it('is read as a whole where that is asked for; what is damaged is told, and it starts', async () => {
      expect((await opened('rd.verity.validate')).at(-1)).toMatch(/^switch_root /);
      expect(await consoles()).toBe('distrokit: checking the root ...\n');
      await stub('cat', 'echo "cat: I/O error" >&2; exit 1');
      expect((await opened('rd.verity.validate')).at(-1)).toMatch(/^switch_root /);
      expect(await consoles()).toContain('distrokit: the root is damaged: cat: I/O error\n');
    });

    it('is opened before /usr, and both are mounted', async () => {
      const usr =
        'systemd.verity_usr_data=UUID=usr rd.systemd.verity_usr_hash=UUID=tree usrhash=ef rd.verity.validate=usr';
      await writeFile(join(dir, 'dev/mapper/usr'), '');
      await writeFile(join(dir, 'mounts'), `${dir}/dev/mapper/usr /usr ext4 ro\n`);
      const calls = await opened(`${usr} rd.systemd.verity_usr_options=ignore-corruption`);
      expect(calls).toEqual([
        'veritysetup open /dev/vda1 sealed /dev/vda2 abcd',
        'veritysetup open /dev/vda2 usr /dev/vda2 ef --ignore-corruption',
        'mount -t auto -o ro /dev/mapper/sealed /sysroot',
        'mount -t ext4 -o ro /dev/mapper/usr /sysroot/usr',
        'switch_root /sysroot /sbin/init',
      ]);
      expect(await consoles()).toBe('distrokit: checking the usr ...\n');
    });

    it('starts nothing where it cannot be opened', async () => {
      await stub('veritysetup', 'echo "Required key not available" >&2; exit 1');
      expect((await opened('')).at(-1)).toBe('sleep 60');
      expect(await consoles()).toBe(
        'distrokit: the verified root cannot be opened: Required key not available\n',
      );
    });
  });

  describe('what is encrypted', () => {
    const line = (more = '') =>
      `root=${dir}/dev/mapper/root rw rd.luks.name=1-a=root rd.luks.name=2-b=luks-home ${more}`;

    beforeEach(async () => {
      await mkdir(join(dir, 'dev/mapper'));
      await writeFile(join(dir, 'dev/vda2'), '');
      await mkdir(join(dir, 'sys/class/block/vda2'));
      await writeFile(join(dir, 'sys/class/tty/console/active'), 'ttyS0\n');
      await stub('stty', '');
      await stub(
        'cryptsetup',
        `case $*:$2 in
  *vda1:*luksUUID | luksUUID*vda1:*) echo 1-a; exit ;;
  luksUUID*) echo 2-b; exit ;;
esac
for name; do :; done
[ "$2" = --type ] && [ "$3" = plain ] && exit
read -r given
[ "$given" = "$(cat "$TOP/key-$name")" ] && : > "$TOP/dev/mapper/$name"`,
      );
      await writeFile(join(dir, 'key-root'), 'one\n');
      await writeFile(join(dir, 'key-luks-home'), 'one\n');
    });

    const opened = (calls: readonly string[]) =>
      calls.filter((call) => /cryptsetup open|^mount -t|swap/.test(call));

    it('is all opened by one passphrase, the root first, and mounted', async () => {
      await writeFile(join(dir, 'typed'), 'one\n');
      await writeFile(join(dir, 'mounts'), `${dir}/dev/mapper/luks-home /home ext4 rw\n`);
      expect(opened(await start(line()))).toEqual([
        'cryptsetup open --type luks --key-file=- /dev/vda1 root',
        'cryptsetup open --type luks --key-file=- /dev/vda2 luks-home',
        'mount -t auto -o rw /dev/mapper/root /sysroot',
        'mount -t ext4 -o rw /dev/mapper/luks-home /sysroot/home',
      ]);
    });

    it('is asked for again where another passphrase opens one of them', async () => {
      await writeFile(join(dir, 'typed'), 'wrong\none\nother\n');
      await writeFile(join(dir, 'key-luks-home'), 'other\n');
      const calls = opened(await start(line()));
      expect(calls.map((call) => call.split(' ').at(-1))).toEqual([
        ...['root', 'luks-home', 'root', 'luks-home', 'luks-home', '/sysroot'],
      ]);
    });

    it('is swap with a key that nobody knows, without which it starts too', async () => {
      await stub('findfs', 'echo "$TOP/dev/vda2"');
      for (const [name, more] of [
        ['mkswap', ''],
        ['swapon', 'exit 1'],
      ] as const) {
        await stub(name, more);
      }
      const calls = await start(`root=${dir}/dev/vda1 rd.distrokit.swap=PARTUUID=x`);
      expect(opened(calls).slice(1)).toEqual([
        'cryptsetup open --type plain --cipher aes-xts-plain64 --key-size 512 --key-file /dev/urandom /dev/vda2 swap1',
        ...['mkswap /dev/mapper/swap1', 'swapon /dev/mapper/swap1'],
      ]);
      expect(calls.at(-1)).toMatch(/^switch_root /);
      expect(await readFile(join(dir, 'dev/ttyS0'), 'utf8')).toContain('there is no swap on PARTUUID=x');
    });
  });

  it('waits for a disk, and says so', async () => {
    await stub('findfs', '[ "$(grep -c findfs "$TOP/calls")" -gt 12 ] && echo "$TOP/dev/vda1"');
    expect((await start('root=LABEL=late')).at(-1)).toMatch(/^switch_root /);
    expect(await consoles()).toBe('distrokit: waiting for disk with LABEL=late ...\n');
  });

  it('says on every console why the root cannot be mounted, and starts nothing', async () => {
    await stub('mount', 'case "$*" in *btrfs*) echo "bad superblock" >&2; exit 32 ;; esac');
    const calls = await start('root=UUID=right rootfstype=btrfs');
    expect(calls.slice(-2)).toEqual(['mount -t btrfs -o ro /dev/vda1 /sysroot', 'sleep 60']);
    expect((await consoles()).replace(dir, '')).toBe(
      'distrokit: /dev/vda1 cannot be mounted as btrfs: bad superblock\n',
    );
  });

  it('goes on without modules that cannot be loaded, and says which are not of another machine', async () => {
    await writeFile(join(dir, 'modules'), '/lib/other.ko\n/lib/bad.ko\n');
    const other = 'case $1 in *other*) echo "could not insert: No such device"; exit 1 ;; esac';
    await stub('insmod', `${other}\necho "invalid format"; exit 1`);
    expect((await start('root=UUID=right')).at(-1)).toMatch(/^switch_root /);
    expect(await consoles()).toBe('distrokit: /lib/bad.ko is not loaded: invalid format\n');
  });

  it('gives a shell only to those who ask for one', async () => {
    await stub('findfs', '');
    await stub('mount', 'case "$*" in *sysroot) exit 1 ;; esac');
    await stub('shell', '');
    const shell = join(dir, 'bin/shell');
    const line = `root=${dir}/dev/vda1`;
    expect(await start(line, [], shell)).not.toContain('shell -i');
    expect(await start(`${line} rd.shell`, [], shell)).toContain('shell -i');
  });
});

import { mkdir, mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { judged } from '../formats/support/judge.ts';
import { isRoot } from '../support/checkout.ts';
import { must, run } from '../support/shell.ts';

const SCRIPTS = resolve(import.meta.dirname, '../../specs/distrokit-installer');
const SECTORS = 2048;
const uuid = (digit: string) => `${digit.repeat(8)}-0000-4000-8000-000000000000`;

/** Three partitions of 1, 64 and 100 MiB from the first MiB on, and one of 10 MiB behind them. */
const PLAN = [
  ['disk', uuid('a')],
  ['root', uuid('3')],
  partition(1, 1, 1, 'bios', ['-', '-', '-', '-', 'image', '-']),
  partition(2, 2, 64, 'esp', ['vfat', '1234-ABCD', 'ESP', '/boot/efi', 'image', '-']),
  partition(3, 66, 100, 'root', ['ext4', uuid('e'), 'root', '/', 'tree', 'rest']),
  partition(4, 166, 10, 'swap', ['swap', uuid('f'), '-', '-', 'swap', '-']),
];

/** The same with a root that nothing can change, or one that is copied otherwise. */
function sealedPlan(content = 'image') {
  return PLAN.map((row) => row.map((field) => (field === 'tree' ? content : field)));
}

/** An MBR of five partitions, whose second one grows. */
const MBR_PLAN = [
  ['table', 'mbr'],
  ['disk', '0x1234abcd'],
  ...[
    partition(1, 1, 64, 'esp', ['vfat', '1234-ABCD', 'ESP', '/boot/efi', 'image', '-']).with(4, 'ef'),
    partition(2, 65, 100, 'root', ['ext4', uuid('e'), 'root', '/', 'tree', 'rest']).with(7, 'bootable'),
    partition(3, 165, 10, 'swap', ['swap', uuid('f'), '-', '-', 'swap', '-']).with(4, '82'),
    partition(5, 176, 10, 'srv', ['ext4', uuid('b'), 'srv', '/srv', 'tree', '-']),
    partition(6, 187, 10, 'opt', ['ext4', uuid('d'), 'opt', '/opt', 'tree', '-']),
  ].map((row) => (row[4]!.length > 2 ? row.with(4, '83') : row)),
];

function partition(number: number, start: number, mib: number, name: string, rest: readonly string[]) {
  const place = [String(number), String(start * SECTORS), String(mib * SECTORS)];
  const type = '0fc63daf-8483-4772-8e79-3d69d8477de4';
  return ['partition', ...place, type, uuid(String(number)), name, '-', ...rest];
}

describe('the programs of the installer', () => {
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'distrokit-test-'));
    await mkdir(join(home, 'target/etc'), { recursive: true });
    await plan(...PLAN);
  });

  afterEach(async () => {
    await rm(home, { recursive: true });
  });

  async function shell(script: string, input = '', flags = '-euc') {
    const names = ['common', 'disks', 'container', 'write', 'kickstart', 'adapt', 'dialogue'];
    const files = names.map((name) => `. '${SCRIPTS}/${name}.sh'`);
    return await run(['sh', flags, [...files, 'encrypted=', script].join('\n')], {
      ...{ env: { INSTALLER_MEDIUM: home, INSTALLER_STATE: home }, input },
    });
  }

  async function plan(...lines: (readonly string[])[]) {
    await writeFile(join(home, 'plan'), lines.map((fields) => `${fields.join('\t')}\n`).join(''));
  }

  /** Answers the questions of an attended installation to a disk of 1000 MiB, and says what came of it. */
  async function dialogue(...answers: string[]) {
    const stubs = [
      'list_disks() { echo vda; }',
      `disk_sectors() { echo ${1000 * SECTORS}; }`,
      'check_twice() { return 0; }',
      'installed_disks() { return 0; }',
      'describe_contents() { echo "/dev/$1, 5 MiB, ext4, old"; }',
      'hash_password() { sed "s/^/hash of /"; }',
      'stty() { return 0; }',
    ];
    const names = ['disk', 'home', 'swap', 'root', 'encrypted', 'passphrase', 'host', 'root_hash', 'user'];
    const facts = names.map((name) => `echo "${name}=[$${name}]"`).join('; ');
    const script = [...stubs, 'ask_all', 'echo; echo FACTS', `passphrase=\${passphrase:-}; ${facts}`];
    const { code, stdout, stderr } = await shell(script.join('\n'), `${answers.join('\n')}\n`, '-uc');
    const [said, told] = stdout.split('FACTS\n');
    const found = [...(told ?? '').matchAll(/^(\w+)=\[(.*)\]$/gm)].map((match) => [match[1]!, match[2]!]);
    return { code, said: said!, stderr, facts: Object.fromEntries(found) as Record<string, string> };
  }

  async function layOut(mib: number, more: string): Promise<string[][]> {
    const result = await shell(`lay_out ${mib * SECTORS} ${more}`);
    expect(result.code, result.stderr).toBe(0);
    const lines = result.stdout.trimEnd().split('\n');
    return lines.map((line) => line.split('\t'));
  }

  it('gives one partition what the disk has more, and moves those behind it', async () => {
    const rows = await layOut(5_000_000, '0 0');
    const places = rows.map((row) => [Number(row[2]) / SECTORS, Number(row[3]) / SECTORS]);
    const more = 5_000_000 - 1 - 176;
    expect(places).toEqual([
      [1, 1],
      [2, 64],
      [66, 100 + more],
      [166 + more, 10],
    ]);
  });

  it('adds partitions behind all others', async () => {
    const rows = await layOut(1000, '300 200');
    const added = rows
      .slice(4)
      .map((row) => [row[1], Number(row[2]) / SECTORS, Number(row[3]) / SECTORS, row[11]]);
    expect(added).toEqual([
      ['5', 499, 300, '/home'],
      ['6', 799, 200, '-'],
    ]);
    expect(new Set(rows.map((row) => row[5])).size).toBe(6);
  });

  it('says how many MiB are missing', async () => {
    const result = await shell(`lay_out ${170 * SECTORS} 20 0`);
    expect(result.code).not.toBe(0);
    expect(result.stderr.trim()).toBe('the disk is 27 MiB too small');
  });

  it('makes the root as large as it is told, moves those behind it, and gives the rest to /home', async () => {
    const rows = await layOut(1000, 'rest 20 150');
    const places = rows.map((row) => [row[6], Number(row[2]) / SECTORS, Number(row[3]) / SECTORS]);
    expect(places).toEqual([
      ['bios', 1, 1],
      ['esp', 2, 64],
      ['root', 66, 150],
      ['swap', 216, 10],
      ['home', 226, 999 - 226 - 20],
      ['swap', 979, 20],
    ]);
    const fixed = await layOut(1000, '0 0 150');
    expect(fixed.map((row) => Number(row[3]) / SECTORS)).toEqual([1, 64, 150, 10]);
  });

  it('makes no root that the system does not fit into', async () => {
    const result = await shell(`lay_out ${1000 * SECTORS} 0 0 99`);
    expect(result.code).not.toBe(0);
    expect(result.stderr.trim()).toBe('the system needs a root of 100 MiB');
  });

  it('has a table made that sgdisk finds nothing wrong with', async () => {
    const disk = join(home, 'disk');
    await writeFile(disk, '');
    await truncate(disk, 1000 * 1024 ** 2);
    const made = await shell(`lay_out ${1000 * SECTORS} 300 0 | sfdisk_script | sfdisk -q '${disk}'`);
    expect(made.code, made.stderr).toBe(0);
    const { stdout } = await must(['sgdisk', '-v', '-i', '3', disk]);
    expect(stdout).toContain('No problems found.');
    expect(stdout.toLowerCase()).toContain(uuid('3'));
    expect(stdout).toContain("Partition name: 'root'");
  });

  it('has an MBR made with a partition that holds those from the fourth on', async () => {
    await plan(...MBR_PLAN);
    const disk = join(home, 'disk');
    await writeFile(disk, '');
    await truncate(disk, 1000 * 1024 ** 2);
    const made = await shell(`lay_out ${1000 * SECTORS} 0 0 | sfdisk_script | sfdisk -q '${disk}'`);
    expect(made.code, made.stderr).toBe(0);
    const { stdout } = await must(['sfdisk', '-d', disk]);
    expect(stdout).toContain('label: dos\nlabel-id: 0x1234abcd\n');
    const rows = [...stdout.matchAll(/disk(\d) : start= *(\d+), size= *(\d+), type=(\w+)(, bootable)?/g)];
    const more = 999 - 197;
    expect(
      rows.map(([, ...row]) => [row[0], Number(row[1]) / SECTORS, Number(row[2]) / SECTORS, row[3]]),
    ).toEqual([
      ['1', 1, 64, 'ef'],
      ['2', 65, 100 + more, '83'],
      ['3', 165 + more, 10, '82'],
      ['4', 175 + more, 22, '5'],
      ['5', 176 + more, 10, '83'],
      ['6', 187 + more, 10, '83'],
    ]);
    expect(rows.map((row) => row[5])).toEqual([undefined, ', bootable', ...Array(4).fill(undefined)]);
    await plan(['hostname', 'thule'], ['title', 'A system'], ['encryption', 'none'], ...MBR_PLAN);
    const asked = await dialogue('', '', '', '', 'install');
    expect(asked.facts).toMatchObject({ home: '0', swap: '0', root: 'rest' });
    expect(asked.said).not.toContain('Partitions');
  });

  it('writes what lies outside of file systems to where its partition is now', async () => {
    await plan(['binary', 'core.img', '-', '512'], ['binary', 'binary-1.img', '4', '700'], ...PLAN);
    await writeFile(join(home, 'core.img.zst'), 'boots');
    await writeFile(join(home, 'binary-1.img.zst'), 'at the fourth');
    const disk = join(home, 'disk');
    await writeFile(disk, '');
    await truncate(disk, 1000 * 1024 ** 2);
    const done = await shell(
      `zstd() { cat "$3"; }\nlay_out ${1000 * SECTORS} 0 0 > '${home}/partitions'\nwrite_binaries '${disk}'`,
    );
    expect(done.code, done.stderr).toBe(0);
    expect((await stat(disk)).size).toBe(1000 * 1024 ** 2);
    await using written = await open(disk);
    const bytes = async (at: number, length: number) =>
      (await written.read(Buffer.alloc(length), 0, length, at)).buffer.toString('latin1');
    expect(await bytes(510, 9)).toBe('\0\0boots\0\0');
    expect(await bytes((166 + 823) * 1024 ** 2 + 699, 15)).toBe('\0at the fourth\0');
    await rm(join(home, 'core.img.zst'));
    const missing = await shell(`zstd() { cat "$3"; }\nwrite_binaries '${disk}'`, '', '-uc');
    expect([missing.code === 0, missing.stdout]).toEqual([false, `error: ${disk} could not be written\n`]);
  });

  it('leaves out of the system what its plan wants nowhere', async () => {
    await plan(['leave-out', 'usr/share/doc/*'], ...PLAN);
    await writeFile(join(home, 'partitions'), '');
    for (const name of ['usr/share/doc/deep', 'usr/share/docs', 'home/usr/share/doc'])
      await mkdir(join(home, 'system', name), { recursive: true });
    for (const name of ['usr/share/doc/deep/a', 'usr/share/docs/b', 'home/usr/share/doc/c'])
      await writeFile(join(home, 'system', name), '');
    await must(['tar', '-C', join(home, 'system'), '-cf', join(home, 'system.tar.zst'), 'usr', 'home']);
    const done = await shell('zstd() { cat "$3"; }\ncopy_system');
    expect(done.code, `${done.stdout}${done.stderr}`).toBe(0);
    const { stdout } = await must(['find', join(home, 'target'), '-mindepth', '1', '-printf', '%P\\n']);
    const found = stdout.trimEnd().split('\n');
    expect(found).toEqual(
      expect.arrayContaining(['usr/share/doc', 'usr/share/docs/b', 'home/usr/share/doc/c']),
    );
    expect(found).not.toContain('usr/share/doc/deep');
  });

  it.runIf(isRoot())(
    'adds an account that can administer, and sets passwords of those that are there',
    async () => {
      const etc = (name: string) => join(home, 'target/etc', name);
      await writeFile(etc('passwd'), 'root:x:0:0::/root:/bin/sh\nold:x:1004:1004::/:/bin/sh\n');
      await writeFile(etc('shadow'), 'root:*:1::::::\n', { mode: 0o600 });
      await writeFile(etc('group'), 'root:x:0:\nwheel:x:10:old\n');
      const done = await shell(
        "add_user ada '$6$s/a$h.&\\1'; set_password root '$6$r'; add_user ada '$6$again'",
      );
      expect(done.code, done.stderr).toBe(0);
      expect(await readFile(etc('passwd'), 'utf8')).toContain('ada:x:1005:1005::/home/ada:/bin/sh\n');
      expect(await readFile(etc('group'), 'utf8')).toBe('root:x:0:\nwheel:x:10:old,ada\nada:x:1005:\n');
      expect(await readFile(etc('shadow'), 'utf8')).toMatch(
        /^root:\$6\$r:1::::::\nada:\$6\$again:\d+:0:99999:7:::\n$/,
      );
      expect((await stat(etc('shadow'))).mode & 0o777).toBe(0o600);
      const folder = await stat(join(home, 'target/home/ada'));
      expect([folder.uid, folder.gid, folder.mode & 0o777]).toEqual([1005, 1005, 0o700]);
    },
  );

  it('asks, goes back, says what is wrong, and shows what will be lost', async () => {
    await plan(['hostname', 'thule'], ['title', 'A system 1.0'], ['encryption', 'none'], ...PLAN);
    const { said, facts, stderr } = await dialogue(
      ...['2', '1', '<', '', '2', '20', '99', '0', '20', '150', '', 'a b', 'atlantis'],
      ...[
        'one',
        'two',
        '',
        'Ada',
        'ada',
        '',
        'two words',
        'two words',
        'yes',
        '<',
        'eve',
        'x',
        'x',
        'install',
      ],
    );
    expect(stderr).toBe('');
    expect(facts).toEqual({
      ...{ disk: 'vda', home: 'rest', swap: '20', root: '150', encrypted: '', passphrase: '' },
      ...{ host: 'atlantis', root_hash: '', user: 'eve' },
    });
    expect(said).toContain('A number of the list is wanted.');
    expect(said).toContain('/dev/vda: the system needs a root of 100 MiB.');
    expect(said).toContain('A host name has letters');
    expect(said).toContain('The two are not the same.');
    expect(said).toContain('A user needs a password.');
    expect(said).toContain('Everything on /dev/vda will be lost:\n  /dev/vda, 5 MiB, ext4, old\n');
    expect(said).toContain('home, 753 MiB, /home\n');
    expect(said).not.toContain('Passphrase');
  });

  it('lets choose one of several systems, and asks what is to be known for it', async () => {
    await plan(['hostname', 'thule'], ['title', 'A system'], ['encryption', 'always'], ...PLAN);
    await mkdir(join(home, '2'));
    const rows = [['hostname', 'other'], ['title', 'Another'], ['encryption', 'none'], ...PLAN];
    await writeFile(join(home, '2/plan'), rows.map((fields) => `${fields.join('\t')}\n`).join(''));
    await writeFile(join(home, 'systems'), '.\tA system\n2\tAnother\n');
    const sealed = ['', '', '', 'a long one', 'a long one'];
    const { said, facts, stderr } = await dialogue(
      ...[...sealed, '<', '<', '<', '<', '3', '0', '2', '', '', '<', '<', '<', '2'],
      ...['', '', '', '', '', 'install'],
    );
    expect(stderr).toBe('');
    expect(said).toContain('  1) A system\n  2) Another\n');
    expect(said.split('A number of the list is wanted.').length).toBe(3);
    expect(said.split('Passphrase of the disk').length).toBe(4);
    expect(said).toContain('what        Another\n');
    expect(facts).toMatchObject({ encrypted: '', host: 'other' });
    const first = await dialogue(...['2', '<', ...sealed, '', '', '', 'install']);
    expect(first.facts).toMatchObject({ encrypted: 'yes', host: 'thule' });
  });

  it('asks for the passphrase of an encrypted root until there is a good one', async () => {
    await plan(['hostname', 'thule'], ['title', 'A system'], ['encryption', 'always'], ...PLAN);
    const { said, facts } = await dialogue(
      ...['', '', '', 'short', 'short', 'a long  one', 'a long one', ' a long one', ' a long one', '<'],
      ...['another one', 'another one', '', '', '', 'install'],
    );
    expect(facts).toMatchObject({ encrypted: 'yes', passphrase: 'another one', host: 'thule', root: 'rest' });
    expect(said).toContain('This system wants one.');
    expect(said).toContain('8 characters at least');
    expect(said).toContain('The two are not the same.');
    expect(said).toContain('root, 923 MiB, /, encrypted\n');
    expect(said).toContain('swap, 10 MiB, not encrypted\n');
    expect(said).toContain('esp, 64 MiB, /boot/efi\n');
  });

  it('leaves a root as it is where one may decline, also after going back', async () => {
    await plan(['hostname', 'thule'], ['title', 'A system'], ['encryption', 'optional'], ...PLAN);
    const { facts } = await dialogue(...['', '', 'a long one', 'a long one', '<', '', '', '', '', 'install']);
    expect(facts).toMatchObject({ encrypted: '', passphrase: '' });
  });

  it('asks nothing about a root that is copied as it is but where it goes', async () => {
    await plan(['hostname', 'thule'], ['title', 'A system'], ['encryption', 'none'], ...sealedPlan());
    const { said, facts } = await dialogue('', '<', '', 'install');
    expect(facts).toMatchObject({ disk: 'vda', swap: '0', home: '0', root: 'rest' });
    expect(said).toContain('The root is the same on every machine');
    expect(said).not.toContain('Password');
  });

  it.each(['image', 'whole'])(
    'unpacks beside a root that is copied (%s) what is mounted in it, and no more',
    async (content) => {
      const home5 = partition(5, 176, 5, 'home', ['ext4', uuid('d'), 'home', '/home', 'tree', '-']);
      const none = partition(6, 181, 5, 'srv', ['ext4', uuid('d'), 'srv', '/srv', 'tree', '-']);
      const rows = [...sealedPlan(content), home5, none];
      await plan(...rows);
      const lines = rows.filter(([key]) => key === 'partition').map((fields) => `${fields.join('\t')}\n`);
      await writeFile(join(home, 'partitions'), lines.join(''));
      for (const name of ['usr', 'home', 'home/ada'])
        await mkdir(join(home, 'system', name), { recursive: true });
      await writeFile(join(home, 'system/usr/a'), '');
      await writeFile(join(home, 'system/home/ada/b'), '');
      await must(['tar', '-C', join(home, 'system'), '-cf', join(home, 'system.tar.zst'), 'usr', 'home']);
      const done = await shell('zstd() { cat "$3"; }\ncopy_system');
      expect(done.code, `${done.stdout}${done.stderr}`).toBe(0);
      const { stdout } = await must(['find', join(home, 'target'), '-type', 'f', '-printf', '%P\\n']);
      expect(stdout).toBe('home/ada/b\n');
    },
  );

  it('tells cryptsetup the passphrase by a pipe, and the log nothing of it', async () => {
    await plan(['container', uuid('c')], ['container-type', 'luks2'], ...PLAN);
    const cryptsetup = `cryptsetup() { echo "$*" >> '${home}/calls'; cat >> '${home}/read'; }`;
    const done = await shell(`${cryptsetup}\npassphrase=' a b\\n%s'\nmake_container /dev/vda3`);
    expect(done.code, done.stderr).toBe(0);
    expect(await readFile(join(home, 'read'), 'utf8')).toBe(' a b\\n%s a b\\n%s');
    const log = await readFile(join(home, 'log'), 'utf8');
    expect(log).toContain(`luksFormat --batch-mode --type luks2 --uuid ${uuid('c')}`);
    expect(`${log}${await readFile(join(home, 'calls'), 'utf8')}`).not.toContain('a b');
  });

  judged('cryptsetup').each(['luks1', 'luks2'])(
    'makes a container (%s) that only its passphrase opens',
    async (type) => {
      await plan(['container', uuid('c')], ['container-type', type], ...PLAN);
      const disk = join(home, 'disk');
      await writeFile(disk, '');
      await truncate(disk, 32 * 1024 ** 2);
      // There is no device mapper in a test.
      const only =
        'cryptsetup() { case $* in *open*) set -- "$@" --test-passphrase ;; esac; command cryptsetup --disable-locks "$@"; }';
      const open = `${only}\npassphrase='a long one'`;
      const done = await shell(`${open}\nmake_container '${disk}'`);
      expect(done.code, `${done.stdout}${done.stderr}`).toBe(0);
      const other = await shell(`${open}r\nwith_passphrase open '${disk}'`);
      expect(other.code).not.toBe(0);
      const { stdout } = await must(['cryptsetup', 'luksDump', disk]);
      expect(stdout).toMatch(new RegExp(`^Version: +\\t*${type.at(-1)}$`, 'm'));
    },
    120_000,
  );

  it('starts a system whose root was left unencrypted by what is for that', async () => {
    await plan(['plain-root', 'UUID=x / ext4 defaults 0 1'], ...PLAN);
    await writeFile(join(home, 'plain-2.img.zst'), '');
    const fstab = join(home, 'target/etc/fstab');
    const lines = ['/dev/mapper/root / ext4 defaults 0 0', 'UUID=y /home ext4 defaults 0 2', ''].join('\n');
    await writeFile(fstab, lines);
    const left = await shell('encrypted=yes\nname_plain_root\nimage_of 2');
    expect(left.stdout).toBe(`${home}/2.img.zst\n`);
    expect(await readFile(fstab, 'utf8')).toBe(lines);
    const plain = await shell('name_plain_root\nimage_of 1\nimage_of 2');
    expect(plain.stdout).toBe(`${home}/1.img.zst\n${home}/plain-2.img.zst\n`);
    expect(await readFile(fstab, 'utf8')).toBe(
      'UUID=x / ext4 defaults 0 1\nUUID=y /home ext4 defaults 0 2\n',
    );
  });
});

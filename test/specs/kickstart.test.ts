import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planPreInstall } from '../../toolkit/stages/disk-to-artifacts/pre-install.ts';
import { run } from '../support/shell.ts';

const SCRIPTS = resolve(import.meta.dirname, '../../specs/distrokit-installer');
const SECTORS = 2048;

/** What the toolkit plans for a kickstart: 1 MiB for GRUB, an ESP of 64 and a root of 100 MiB. */
const PLAN = [
  ['target', 'kickstart'],
  ['title', 'A system 1.0'],
  ['partition', '1', '2048', '2048', 'BIOS', 'id-1', 'bios', '-', '-', '-', '-', '-', 'image', '-'],
  [
    ...['partition', '2', '4096', '131072', 'ESP', 'id-2', 'esp', '-', 'fat32', '1234-ABCD', 'ESP'],
    ...['/boot/efi', 'image', '-'],
  ],
  [
    ...['partition', '3', '135168', '204800', 'ROOT', 'id-3', 'root', '-', 'ext4', 'fs-3', 'root', '/'],
    ...['tree', 'rest'],
  ],
];

describe('the partitions of a kickstart', () => {
  let home: string;
  let include: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'distrokit-test-'));
    include = join(home, 'part-include');
    await mkdir(join(home, 'target/etc'), { recursive: true });
    await plan(PLAN);
  });

  afterEach(async () => {
    await rm(home, { recursive: true });
  });

  async function plan(lines: readonly (readonly string[])[]) {
    await writeFile(join(home, 'plan'), lines.map((fields) => `${fields.join('\t')}\n`).join(''));
  }

  async function shell(script: string) {
    const names = ['common', 'disks', 'container', 'write', 'kickstart', 'adapt'];
    const files = names.map((name) => `. '${SCRIPTS}/${name}.sh'`);
    return await run(['sh', '-uc', [...files, 'encrypted=', script].join('\n')], {
      env: { INSTALLER_MEDIUM: home, INSTALLER_STATE: home, INSTALLER_INCLUDE: include },
    });
  }

  /** The scripts of a medium say these lines; gives what came of it on a disk of 1000 MiB. */
  async function kickstart(...lines: string[]) {
    await mkdir(join(home, 'pre-install'), { recursive: true });
    await writeFile(join(home, 'pre-install/run.sh'), `cat > "$include" <<'END'\n${lines.join('\n')}\nEND\n`);
    const { stdout, stderr } = await shell(
      `prepare_kickstart && lay_out_include ${1000 * SECTORS} > "$state/partitions" && echo "disk $aim"`,
    );
    const said = `${stdout}${stderr}`.trim().replaceAll(home, '');
    const text = await readFile(join(home, 'partitions'), 'utf8').catch(() => '');
    const rows = text.trimEnd().split('\n');
    return { said, rows: rows.map((line) => line.split('\t')) };
  }

  const places = (rows: readonly string[][]) =>
    rows.map((row) => [row[1], row[11], row[12], Number(row[2]) / SECTORS, Number(row[3]) / SECTORS]);

  it('are those of the original, before them what starts the system', async () => {
    const { said, rows } = await kickstart(
      '# of two disks the first',
      'clearpart --all --initlabel',
      'part / --fstype=ext4 --size=200 --grow --asprimary --ondisk=/dev/sda',
      'part biosboot --fstype=biosboot --size=8 --ondisk=/dev/sda',
    );
    expect(said).toBe('disk /dev/sda');
    expect(places(rows)).toEqual([
      ['1', '-', 'image', 1, 8],
      ['2', '/boot/efi', 'image', 9, 64],
      ['3', '/', 'tree', 73, 999 - 73],
    ]);
    // Boot programs and fstab know them by these.
    expect(rows.map((row) => row[5])).toEqual(['id-1', 'id-2', 'id-3']);
    expect(rows[2]!.slice(8, 11)).toEqual(['ext4', 'fs-3', 'root']);
  });

  it('share what is left, each up to its --maxsize, and have names of their own', async () => {
    const { said, rows } = await kickstart(
      'zerombr',
      `part /boot/efi --fstype "efi" --size 100 --ondrive sdb`,
      'partition swap --size=90 --label=pages --ondrive=sdb',
      'part / --grow --ondrive=sdb',
      `part '/home' --size=10 --grow --maxsize=50 --fstype=ext3 --fsoptions="noatime,nodev" --ondrive=sdb # all`,
      'part /srv/data/ --grow --ondisk=sdb',
    );
    expect(said).toBe('disk /dev/sdb');
    const free = 999 - 1 - 1 - 100 - 90 - 50;
    expect(places(rows).map((place) => [place[1], place[4]])).toEqual([
      ['-', 1],
      ['/boot/efi', 100],
      ['-', 90],
      ['/', Math.ceil(free / 2)],
      ['/home', 50],
      ['/srv/data', Math.floor(free / 2)],
    ]);
    expect(rows.every((row) => row.length === 15 && row.every((field) => field !== ''))).toBe(true);
    expect(rows[2]!.slice(6, 15)).toEqual(
      expect.arrayContaining(['swap', '-', 'swap', 'pages', '-', 'swap', '-', '-']),
    );
    expect([rows[4]![6], rows[4]![8], rows[5]![6]]).toEqual(['home', 'ext3', 'srv-data']);
    expect(new Set(rows.flatMap((row) => [row[5], row[9]]).filter((id) => id !== '-')).size).toBe(11);
  });

  it('are in fstab with their options, the root too', async () => {
    await writeFile(join(home, 'target/etc/fstab'), 'UUID=fs-3 / ext4 defaults 0 1\nproc /proc proc x 0 0\n');
    const { rows } = await kickstart(
      'part / --size=200 --fsoptions=noatime',
      'part /var --size=20 --fsoptions=nodev',
      'part swap --size=20',
    );
    const done = await shell('add_mounts && set_root_options');
    expect(done.code, done.stderr).toBe(0);
    expect((await readFile(join(home, 'target/etc/fstab'), 'utf8')).split('\n')).toEqual([
      'UUID=fs-3 / ext4 noatime 0 1',
      'proc /proc proc x 0 0',
      `UUID=${rows[3]![9]} /var ext4 nodev 0 2`,
      `UUID=${rows[4]![9]} none swap defaults 0 0`,
      '',
    ]);
  });

  it.each([
    ['part /a --size=9 --fstype=xfs', 'nothing on the medium makes xfs: say --fstype=ext4'],
    ['part / --size=9 --fstype=ext3', 'the root is ext4 here, and not ext3: say --fstype=ext4'],
    ['part /boot/efi --size=9 --fstype=ext4', 'UEFI reads FAT only: say --fstype=efi'],
    ['part swap --size=9 --fstype=ext4', 'swap is a file system of its own: say --fstype=swap'],
    ['part raid.01 --size=9', /^"raid.01" is no mount point: .* there is no LVM or RAID$/],
    ['part --size=9', 'a mount point is wanted: a path, swap or biosboot'],
    ['part /a /b --size=9', '"/b" is one word too many: options begin with --'],
    ['part /a/../b --size=9', '"/a/../b" has . or .. in it'],
    ['part /usr --size=9', '/usr is wanted before anything is mounted: it is part of /'],
    ['part /a', '--size is missing: MiB, or --grow'],
    ['part /a --size', '--size wants a value'],
    ['part /a --size=', '--size wants a value'],
    ['part /a --size=1G', '--size=1G: a whole number of MiB is wanted'],
    ['part /a --size=0', '--size=0: a whole number of MiB is wanted'],
    ['part /a --size=9 --size=8', '--size is there twice'],
    ['part /a --grow=yes', '--grow has no value'],
    ['part /a --size=9 --maxsize=10', '--maxsize is of what has --grow'],
    ['part /a --size=9 --grow --maxsize=8', '--maxsize is less than --size'],
    ['part /a --size=9 --encrypted', '--encrypted of part is not known to this installer: leave it out'],
    ['part /a --size=9 --onpart=sda1', '--onpart of part is not known to this installer: leave it out'],
    ['part /a --size=9 --label=a-label-too-long-for-it', '--label=a-label-too-long-for-it is too long'],
    ['part /a --size=9 --fsoptions="a b"', '--fsoptions=a b has what fstab does not take'],
    ['part /a --size=9 --ondisk="a b"', '"a b" is no disk: one is wanted, as sda'],
    ['part /a --size=9 --ondisk=a --ondrive=a', '--ondisk and --ondrive are the same: say one'],
    ['part "/a --size=9', 'a quote has no end'],
    ['clearpart --none', 'this installer keeps nothing of a disk: say clearpart --all'],
    ['clearpart --all --disklabel=msdos', 'the partition table is a GPT here, and not msdos'],
    [
      'logvol / --vgname=a',
      /^"logvol" is not known to this installer: part, clearpart, zerombr and reqpart are$/,
    ],
  ])('that nobody makes are refused with their line: %s', async (line, message) => {
    const { said } = await kickstart('zerombr', '', line);
    expect(said.startsWith('error: /part-include:3: ')).toBe(true);
    const found = said.slice('error: /part-include:3: '.length);
    if (typeof message === 'string') expect(found).toBe(message);
    else expect(found).toMatch(message);
  });

  it('are on one disk, and each is there once', async () => {
    const two = await kickstart('part / --size=200 --ondisk=sda', 'part /home --size=9 --ondisk=sdb');
    expect(two.said).toContain('part-include:2: one disk is installed to, and here it is sdb after sda');
    const some = await kickstart('part / --size=200', 'part /home --size=9 --ondisk=sdb');
    expect(some.said).toContain('here it is sdb after none');
    const twice = await kickstart('part / --size=200', 'part / --size=9');
    expect(twice.said).toBe('error: /part-include:2: / is there twice');
    expect((await kickstart('part / --size=200', 'part swap --size=9', 'part swap --size=9')).said).toBe(
      'disk only',
    );
  });

  it('have a root, which holds the system, and room for what is copied', async () => {
    expect((await kickstart('part /home --size=9')).said).toContain('nothing is mounted at /');
    expect((await kickstart('')).said).toContain('nothing is mounted at /');
    expect((await kickstart('part / --size=99')).said).toBe(
      'the system needs a root of 100 MiB, and / has 99',
    );
    expect((await kickstart('part / --size=1000')).said).toBe('the disk is 67 MiB too small');
    const small = await kickstart('part / --size=200', 'part /boot/efi --size=20');
    expect(small.said).toBe('/boot/efi needs 64 MiB, and has --size=20');
    await plan(PLAN.filter((row) => row[1] === 'kickstart' || row[1] === '3'));
    const bare = await kickstart('part / --size=200', 'part /boot/efi --size=90');
    expect(bare.said).toContain('the medium has nothing for /boot/efi');
    const alone = await kickstart('part biosboot --size=1', 'part / --size=200');
    expect(places(alone.rows)).toEqual([
      ['1', '-', 'none', 1, 1],
      ['2', '/', 'tree', 2, 200],
    ]);
  });

  describe('are said by scripts that', () => {
    const script = { name: 'a b.sh', args: ["it's", 'two words'], timeoutSeconds: 5 };

    async function runScripts(
      ...scripts: (Partial<Parameters<typeof planPreInstall>[0][number]> & { text: string })[]
    ) {
      await mkdir(join(home, 'pre-install'), { recursive: true });
      const all = scripts.map(({ text, ...more }) => ({ ...script, content: { text }, ...more }));
      const digest = { sha256: 'a'.repeat(64), size: 1 };
      const { texts, files, inputs } = planPreInstall(
        all,
        all.map(() => digest),
      );
      expect(files.map(([path]) => path)).toEqual([
        '/installer/pre-install/run.sh',
        ...all.map((_, index) => `/installer/pre-install/${index + 1}`),
      ]);
      expect(inputs).toHaveLength(all.length);
      await writeFile(join(home, 'pre-install/run.sh'), texts['pre-install.sh']!);
      for (const [index, { text }] of scripts.entries()) {
        await writeFile(join(home, `pre-install/${index + 1}`), text);
        // As on a medium.
        await chmod(join(home, `pre-install/${index + 1}`), 0o444);
      }
      return await shell('prepare_kickstart && cat "$partitions_wanted"');
    }

    it('get their arguments and variables, and are run by what they say, or the shell', async () => {
      const { stdout, stderr } = await runScripts(
        { text: `printf '%s|' "$@" "$SIZE" > ${home}/said\n`, env: { SIZE: "1'\n2" } },
        {
          text: `#!/usr/bin/env perl\nopen F, '>', '${include}'; print F "part / --size=@{[300]}\\n";\n`,
          args: [],
        },
        { text: `print "$ENV{SIZE}x\\n"`, interpreter: 'perl', args: [] },
      );
      expect(stderr).toBe('');
      expect(await readFile(join(home, 'said'), 'utf8')).toBe("it's|two words|1'\n2|");
      expect(stdout).toContain('want\t/\text4\t300\t');
      expect(await readFile(join(home, 'log'), 'utf8')).toMatch(/^x$/m);
    });

    it('end well and in time, and write something; else it is said which did not', async () => {
      const failed = await runScripts(
        { text: 'echo no disk of mine; exit 3' },
        { text: `echo x > ${include}` },
      );
      expect(failed.stdout).toContain('error: the script a b.sh failed, or did not end within 5 seconds');
      expect(failed.stdout).toContain('no disk of mine');
      expect(failed.code).not.toBe(0);
      const late = await runScripts({ text: 'sleep 60', name: 'late', timeoutSeconds: 1 });
      expect(late.stdout).toContain('error: the script late failed, or did not end within 1 seconds');
      const silent = await runScripts({ text: 'true' });
      expect(silent.stdout).toMatch(/error: no script of preInstall has written .*part-include\. It holds/);
    });
  });
});

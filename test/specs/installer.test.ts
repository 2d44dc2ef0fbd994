import { mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
    await writeFile(join(home, 'plan'), PLAN.map((fields) => `${fields.join('\t')}\n`).join(''));
  });

  afterEach(async () => {
    await rm(home, { recursive: true });
  });

  async function shell(script: string) {
    const files = ['common', 'disks', 'write', 'adapt'].map((name) => `. '${SCRIPTS}/${name}.sh'`);
    return await run(['sh', '-euc', [...files, script].join('\n')], {
      env: { INSTALLER_MEDIUM: home, INSTALLER_STATE: home },
    });
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
});

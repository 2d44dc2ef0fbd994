import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Rootfs } from '../../../toolkit/domain/image-rootfs.ts';
import type { RpmArtifact } from '../../../toolkit/domain/package.ts';
import type { Root } from '../../../toolkit/domain/ports.ts';
import type { Host } from '../../../toolkit/host/host.ts';
import { composeRootfs, openRootfs } from '../../../toolkit/stages/repo-to-rootfs/index.ts';
import { openTestHost } from '../../support/host.ts';
import { buildRpm, imageConfig, inTools, testProgram } from '../../support/image-host.ts';
import {
  BASE_SPEC,
  DOCUMENTED_SPEC,
  LONG_NAME,
  ODD_SPEC,
  STRAY_SPEC,
  SYSTEMCTL_SPEC,
} from '../../support/odd-packages.ts';
import { must } from '../../support/shell.ts';

const signal = new AbortController().signal;
const HASH = '$6$salt$hash';
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAA me@host';

let host: Host;
let tools: Root;
let folder: string;
let base: RpmArtifact;
let odd: RpmArtifact;
let stray: RpmArtifact;
let rootfs: Rootfs;
let entries: Map<string, Record<string, unknown>>;

const config = imageConfig({
  users: [
    {
      name: 'root',
      passwordHash: HASH,
      password: undefined,
      passwordExpiresDays: undefined,
      sshKeys: [],
      uid: undefined,
      group: undefined,
      groups: [],
      shell: undefined,
      home: undefined,
    },
    {
      name: 'ada',
      passwordHash: undefined,
      password: undefined,
      passwordExpiresDays: undefined,
      sshKeys: [KEY],
      uid: undefined,
      group: undefined,
      groups: ['wheel'],
      shell: undefined,
      home: undefined,
    },
  ],
  files: [
    {
      path: '/bin/greet',
      mode: 0o755,
      owner: undefined,
      group: undefined,
      content: { kind: 'text', text: 'grüß\n' },
    },
  ],
});

async function compose(packages: readonly RpmArtifact[], run: string): Promise<Rootfs> {
  const key = `${run} ${Math.random()}`;
  return await composeRootfs({ config, packages, tools, program: testProgram(key) }, host, signal);
}

async function stored(sha256: string): Promise<string> {
  const path = await host.store.find(sha256);
  if (path === undefined) throw new Error(`${sha256} is not stored`);
  return path;
}

async function inTar(sha256: string, path: string): Promise<string> {
  return (await must(['tar', '-xOf', await stored(sha256), path])).stdout;
}

describe('composeRootfs', () => {
  beforeAll(async () => {
    host = await openTestHost();
    tools = await host.roots.base('tools', signal);
    folder = await mkdtemp(join(tmpdir(), 'compose-test-'));
    // Sandboxes do not run as root.
    await chmod(folder, 0o755);
    base = await buildRpm(BASE_SPEC, folder, host, tools, signal);
    odd = await buildRpm(ODD_SPEC, folder, host, tools, signal);
    stray = await buildRpm(STRAY_SPEC, folder, host, tools, signal);
    rootfs = await compose([base, odd], 'first');
    const lines = (await readFile(await stored(rootfs.manifest.sha256), 'utf8')).trimEnd().split('\n');
    entries = new Map(lines.map((line) => [JSON.parse(line).path, JSON.parse(line)]));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await host?.[Symbol.asyncDispose]();
  });

  it('gives the same bytes again', async () => {
    const again = await compose([base, odd], 'second');
    expect(again.key).not.toBe(rootfs.key);
    expect(await again.contents.tar(signal)).toEqual(await rootfs.contents.tar(signal));
    expect(again.manifest).toEqual(rootfs.manifest);
  });

  it('leaves the tree to be read, and packs the same of it when it is settled', async () => {
    const program = testProgram(`tree ${Math.random()}`);
    const request = { config, packages: [base, odd], tools, program };
    const kept = await (async () => {
      await using opened = await openRootfs({ ...request, leavesTree: true }, host, signal);
      expect(opened.rootfs.manifest).toEqual(rootfs.manifest);
      return await opened.settle(undefined, signal);
    })();
    expect(await kept.contents.tar(signal)).toEqual(await rootfs.contents.tar(signal));
    const again = await composeRootfs(request, host, signal);
    expect(await again.contents.tar(signal)).toEqual(await rootfs.contents.tar(signal));
  });

  it('finds what was composed of the same things', async () => {
    const program = testProgram('the same');
    const first = await composeRootfs({ config, packages: [base], tools, program }, host, signal);
    const second = await composeRootfs({ config, packages: [base], tools, program }, host, signal);
    const plain = ({ contents: _, ...facts }: Rootfs) => facts;
    expect(plain(second)).toEqual(plain(first));
    expect(await second.contents.tar(signal)).toEqual(await first.contents.tar(signal));
  });

  it('leaves out documentation and languages that the configuration does not want', async () => {
    const documented = await buildRpm(DOCUMENTED_SPEC, folder, host, tools, signal);
    const rpm = { ...config.rpm, docs: false, locales: ['de'] };
    const made = await composeRootfs(
      {
        config: { ...config, rpm },
        packages: [base, documented],
        tools,
        program: testProgram(`documented ${Math.random()}`),
      },
      host,
      signal,
    );
    const manifest = await readFile(await stored(made.manifest.sha256), 'utf8');
    const paths = manifest.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line).path]));
    expect(paths).toContain('usr/lib/words/de');
    expect(paths).toContain('usr/lib/rpm/macros.d/macros.image');
    expect(paths).not.toContain('usr/lib/words/fr');
    expect(paths).not.toContain('usr/lib/words/README');
  });

  it('lists the packages instead of the rpm database', async () => {
    const rpm = { ...config.rpm, database: 'remove' as const };
    const program = testProgram(`bare ${Math.random()}`);
    const request = { config: { ...config, rpm }, packages: [base, odd], tools, program };
    const made = await composeRootfs(request, host, signal);
    const manifest = await readFile(await stored(made.manifest.sha256), 'utf8');
    expect(manifest).not.toContain('rpmdb.sqlite');
    const lists = await inTar(
      (await made.contents.tar(signal)).sha256,
      'var/lib/rpmmanifest/container-manifest-2',
    );
    expect(lists.split('\n')[0]?.split('\t')).toEqual([
      ...['base', '1-1', String(made.epoch), String(base.header.buildTime), '(none)', '(none)'],
      ...[String(base.header.installedSize), base.header.arch, '0', base.header.sourceRpm],
    ]);
    const names = await inTar(
      (await made.contents.tar(signal)).sha256,
      'var/lib/rpmmanifest/container-manifest-1',
    );
    expect(names).toBe(`base-1-1.${base.header.arch}\nodd-1-1.${odd.header.arch}\n`);
  });

  it('erases packages, with their device nodes and their lines in the lists', async () => {
    const rpm = { ...config.rpm, database: 'remove' as const };
    const program = testProgram(`erased ${Math.random()}`);
    const removing = { ...config, rpm, removePackages: ['odd'] };
    const request = { config: removing, packages: [base, odd], tools, program };
    const made = await composeRootfs(request, host, signal);
    const manifest = await readFile(await stored(made.manifest.sha256), 'utf8');
    expect(manifest).not.toMatch(/"path":"(?:odd\/capable|dev\/null)"/);
    const names = await inTar(
      (await made.contents.tar(signal)).sha256,
      'var/lib/rpmmanifest/container-manifest-1',
    );
    expect(names).toBe(`base-1-1.${base.header.arch}\n`);
  });

  it('takes its time from the newest changelog', () => {
    expect(new Date(rootfs.epoch * 1000).toISOString()).toBe('2023-11-15T12:00:00.000Z');
    expect(Math.max(...[...entries.values()].map((entry) => Number(entry.mtime)))).toBe(rootfs.epoch);
  });

  it.each([
    ['odd/capable', { type: 'file', mode: '0755', uid: 0 }],
    ['odd/setuid', { type: 'file', mode: '4711' }],
    ['odd/owned', { type: 'file', mode: '0640', uid: 77, gid: 78 }],
    ['odd/dir', { type: 'directory', mode: '2750', uid: 77, gid: 78 }],
    ['odd/first', { type: 'hardlink', target: 'odd/dir/third' }],
    ['odd/second', { type: 'hardlink', target: 'odd/dir/third' }],
    ['odd/longlink', { type: 'symlink', target: 'x'.repeat(200) }],
    ['odd/sparse', { type: 'file', size: 3 * 1024 * 1024 }],
    ['odd/caf\xe9', { type: 'file', size: 5 }],
    [`odd/${LONG_NAME}`, { type: 'file', size: 4 }],
    ['odd/made', { type: 'file', size: 14 }],
    ['dev/null', { type: 'char', mode: '0666', device: { major: 1, minor: 3 } }],
    ['odd/block', { type: 'block', mode: '0660', gid: 78, device: { major: 8, minor: 1 } }],
    ['tmp', { type: 'directory', mode: '1777' }],
    ['', { type: 'directory', mode: '0755', uid: 0, gid: 0 }],
  ])('keeps what the package says of %s', (path, expected) => {
    expect(entries.get(path)).toMatchObject(expected);
  });

  it('stores a capability as any kernel reads it, without the id of the sandbox', () => {
    // VFS_CAP_REVISION_2 with the effective bit; CAP_NET_RAW is 13.
    const value = Buffer.from('0100000200200000000000000000000000000000', 'hex').toString('base64');
    expect(entries.get('odd/capable')?.xattrs).toEqual([{ name: 'security.capability', value }]);
  });

  it('applies the users and files of the configuration', async () => {
    const text = async (path: string) =>
      await inTools(
        ['tar', '-xOf', '/in/t', path],
        { t: await stored((await rootfs.contents.tar(signal)).sha256) },
        host,
        tools,
        signal,
      );
    expect(await text('etc/passwd')).toContain('ada:x:1000:1000::/home/ada:/bin/sh\n');
    expect(await text('etc/group')).toContain('wheel:x:10:ada\n');
    expect(await text('etc/shadow')).toContain(`root:${HASH}:19676:0:::::\n`);
    expect(await text('etc/shadow')).toContain('ada:*:19676:0:99999:7:::\n');
    expect(await text('home/ada/.ssh/authorized_keys')).toBe(`${KEY}\n`);
    expect(entries.get('home/ada')).toMatchObject({ mode: '0700', uid: 1000, gid: 1000 });
    expect(entries.get('home/ada/.ssh')).toMatchObject({ mode: '0700', uid: 1000, gid: 1000 });
    expect(entries.get('home/ada/.ssh/authorized_keys')).toMatchObject({ mode: '0600', uid: 1000 });
    expect(entries.get('etc/shadow')).toMatchObject({ mode: '0600' });
    // Through the link /bin.
    expect(await text('usr/bin/greet')).toBe('grüß\n');
    expect(entries.get('bin')).toMatchObject({ type: 'symlink' });
    expect(await text('etc/hostname')).toBe('trial\n');
  });

  it('leaves out caches, placeholders and the machine id', () => {
    expect(entries.has('var/cache/junk')).toBe(true);
    expect(entries.has('var/cache/junk/file')).toBe(false);
    expect([...entries.keys()].filter((path) => path.startsWith('dev/'))).toEqual(['dev/null']);
    expect(entries.get('etc/machine-id')).toMatchObject({ size: 0 });
    const database = [...entries.keys()].filter((path) => path.startsWith('usr/lib/sysimage/rpm/'));
    expect(database).toEqual(['usr/lib/sysimage/rpm/rpmdb.sqlite']);
  });

  it("refuses files of a user who is not there, in rpm's words", async () => {
    await expect(compose([base, stray], 'stray')).rejects.toMatchObject({
      code: 'ROOTFS_FAILED',
      message: expect.stringContaining('nobodyknows'),
    });
  });

  it('refuses services for an image that has none', async () => {
    const services = { enable: ['sshd'], disable: [], mask: [] };
    const request = {
      config: { ...config, services },
      packages: [base],
      tools,
      program: testProgram('none'),
    };
    await expect(composeRootfs(request, host, signal)).rejects.toMatchObject({
      code: 'ROOTFS_FAILED',
      message: expect.stringContaining('services.enable names sshd, and the image has no systemd'),
    });
  });

  it('enables units among the files of the configuration, which presets do not see', async () => {
    const control = await buildRpm(SYSTEMCTL_SPEC, folder, host, tools, signal);
    const content = { kind: 'text', text: '[Install]\nWantedBy=multi-user.target\n' } as const;
    const services = { enable: ['own.service'], disable: [], mask: [] };
    const wanted = (path: string) => {
      const files = [{ path, mode: 0o644, owner: undefined, group: undefined, content }];
      const program = testProgram(`unit ${Math.random()}`);
      const request = { config: { ...config, services, files }, packages: [base, control], tools, program };
      return composeRootfs(request, host, signal);
    };
    const made = await wanted('/etc/systemd/system/own.service');
    const { sha256 } = await made.contents.tar(signal);
    expect(await inTar(sha256, 'control')).toBe(
      [
        '--quiet preset-all of /etc/systemd/system/*.service',
        '--quiet --global preset-all of /etc/systemd/system/*.service',
        '--quiet enable -- own.service of /etc/systemd/system/own.service\n',
      ].join('\n'),
    );
    expect(await inTar(sha256, 'etc/systemd/system/own.service')).toBe(content.text);
    await expect(wanted('/etc/systemd/system/other.service')).rejects.toThrow(
      'systemctl enable -- own.service: Unit own.service does not exist',
    );
  });

  it('refuses a package without what it requires', async () => {
    await expect(compose([odd], 'alone')).rejects.toThrow(/base is needed by odd-1-1/);
  });
});

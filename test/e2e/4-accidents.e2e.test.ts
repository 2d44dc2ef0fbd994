import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Clone, isRoot, leftovers, removeTree, testHome, USER, warmClone } from '../support/checkout.ts';
import { builtPackages, tasksOf } from '../support/events.ts';
import { serve } from '../support/http-server.ts';
import { artifactsOf, digestsOnDisk } from '../support/images.ts';
import { processesOf, toolkitProcess } from '../support/processes.ts';
import { must, type Run, run } from '../support/shell.ts';
import { makeTrial, SALT, type Trial, tinySpecs } from '../support/trial.ts';

/** A build that says where it is and then takes longer than a test waits. */
const SLOW = ['echo started > /build/top/started', 'sleep 300'];

describe.runIf(isRoot())('an accident while it works', () => {
  let home: string;
  let clone: Clone;
  const mounts: string[] = [];

  beforeAll(async () => {
    home = await testHome('accidents');
    clone = await warmClone(home);
  });

  afterEach(async () => {
    for (const path of mounts.splice(0).reverse()) await must(['umount', path]);
    expect(await processesOf(USER)).toEqual([]);
    expect(await leftovers(home)).toEqual([]);
  });

  afterAll(async () => {
    for (const path of mounts.splice(0).reverse()) await must(['umount', path]);
    if (home !== undefined) await removeTree(home);
  });

  async function mountAt(path: string, argv: readonly string[]): Promise<void> {
    await mkdir(path, { recursive: true });
    await must(['mount', ...argv, path]);
    mounts.push(path);
  }

  /** A cache on a small disk of its own, with the roots of the warm one: they alone would fill it. */
  async function smallCache(name: string, size: string): Promise<string> {
    const cache = join(home, name);
    await mountAt(cache, ['-t', 'tmpfs', '-o', `size=${size},mode=0755`, 'distrokit-test']);
    await must(['chown', USER, cache]);
    await mountAt(join(cache, 'roots'), ['--bind', join(clone.cache, 'roots')]);
    return cache;
  }

  it('fails clearly when a build fills the disk, and goes on when there is room', async () => {
    // So that the layers that a build needs are among the roots.
    await (await makeTrial(clone, 'first', tinySpecs({ first: {} }))).must(['packages']);
    const cache = await smallCache('full', '64m');
    const trial = await makeTrial(clone, 'full', {
      ...tinySpecs({
        big: { install: ['head -c 100M /dev/zero > %{buildroot}/usr/share/big/zeros'] },
        small: {},
      }),
    });
    const env = { DISTROKIT_CACHE: cache };
    const full = await trial.run(['packages'], { env });
    expect(full.code, full.stderr).not.toBe(0);
    expect(full.stderr).toContain('No space left on');
    expect(full.stderr.match(/^error: /gm)).toHaveLength(1);
    expect(full.stderr).toContain(cache);
    expect(full.stderr).not.toContain('a fault in distrokit itself');
    expect(await partials(cache)).toEqual([]);
    await must(['mount', '-o', 'remount,size=512m', cache]);
    const more = await trial.must(['packages', '--json'], { env });
    expect(builtPackages(more.stdout)).toContain('big');
  });

  it('fails clearly when there is no room for roots', async () => {
    const cache = join(home, 'tiny');
    await mountAt(cache, ['-t', 'tmpfs', '-o', 'size=24m,mode=0755', 'distrokit-test']);
    await must(['chown', USER, cache]);
    const result = await clone.run(['toolkit/distrokit', 'graph'], { env: { DISTROKIT_CACHE: cache } });
    expect(result.code, result.stderr).not.toBe(0);
    expect(result.stderr).toMatch(/No space left/);
    expect(result.stderr.match(/^error: /gm)).toHaveLength(1);
    expect(result.stderr).not.toContain('a fault in distrokit itself');
    expect(await readdir(join(cache, 'roots', 'made')).catch(() => [])).toEqual([]);
  });

  it('fails clearly when there is no room for what it makes, and leaves nothing half-written', async () => {
    const trial = await makeTrial(clone, 'no-room', {
      ...tinySpecs({
        random: { install: ['head -c 4M /dev/urandom > %{buildroot}/usr/share/random/bytes'] },
      }),
    });
    await mountAt(trial.out, ['-t', 'tmpfs', '-o', 'size=2m,mode=0755', 'distrokit-test']);
    await must(['chown', USER, trial.out]);
    const result = await trial.run(['packages']);
    expect(result.stderr).toContain('No space left on');
    expect(result.stderr).toContain(trial.out);
    expect(result.code).toBe(3);
    expect(await partials(trial.out)).toEqual([]);
    await must(['mount', '-o', 'remount,size=64m', trial.out]);
    const more = await trial.must(['packages', '--json']);
    expect(builtPackages(more.stdout)).toEqual([]);
    await readFile(join(trial.out, 'RPMS/repodata/repomd.xml'));
  });

  it('works without a network when it has everything, and else names what it could not reach', async () => {
    const trial = await makeTrial(clone, 'offline', {
      ...tinySpecs({ local: {}, remote: { preamble: ['Source0: http://203.0.113.1/thing-1.tar'] } }),
      'remote/remote.signatures.json': JSON.stringify({ Signatures: { 'thing-1.tar': 'b'.repeat(64) } }),
    });
    const offline = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      run(['unshare', '--net', ...trial.command(words, env)], { cwd: clone.dir });
    const local = await offline(['packages', 'local']);
    expect(local.code, local.stderr).toBe(0);
    const remote = await offline(['packages', 'remote']);
    expect(remote.code, remote.stderr).toBe(1);
    expect(remote.stderr).toMatch(/http:\/\/203\.0\.113\.1\/thing-1\.tar: .*ENETUNREACH/);
    expect(remote.stderr).toContain('Debian archive');
    const cache = join(home, 'work/offline-cache');
    const empty = await offline(['graph'], { DISTROKIT_CACHE: cache });
    expect(empty.code, empty.stderr).toBe(3);
    expect(empty.stderr).not.toContain('a fault in distrokit itself');
    expect(empty.stderr).toMatch(/error: .*(mirror|network)/s);
    await removeTree(cache);
  });

  it('ends with 130 at Ctrl-C, leaves nothing, and the next run goes on', async () => {
    const specs = { quick: {}, slow: { preamble: ['BuildRequires: quick'], build: SLOW } };
    const trial = await makeTrial(clone, 'interrupted', tinySpecs(specs));
    const { result, ended } = await endDuringBuild(trial, 'slow', 'SIGINT');
    expect(result.code).toBe(130);
    expect(result.stderr).toMatch(/^ {2}quick .*: (?:never built|its spec changed)/m);
    expect(result.stderr).toMatch(/^ {2}slow interrupted after /m);
    expect(result.stderr).not.toContain('FAILED');
    expect(result.stderr).toMatch(/interrupted; the next run goes on from here\n$/);
    expect(ended).toBeLessThan(10_000);
    expect(await processesOf(USER)).toEqual([]);
    expect(await leftovers(home)).toEqual([]);
    expect(await readdir(join(clone.cache, 'tmp'))).toEqual([]);
    await trial.write(tinySpecs({ slow: { preamble: ['BuildRequires: quick'] } }));
    const next = await trial.must(['packages', '--json']);
    expect(tasksOf(next.stdout, 'packages', 'reused')).toEqual(['quick']);
    expect(builtPackages(next.stdout)).toEqual(['slow']);
  });

  it('leaves nothing when its process alone is killed, and the next run gives the same bytes', async () => {
    const names = ['one', 'two', 'three'];
    const specs = tinySpecs(Object.fromEntries(names.map((name) => [name, { build: ['sleep 3'] }])));
    const trial = await makeTrial(clone, 'killed', specs);
    const { result } = await endDuringBuild(trial, 'two', 'SIGKILL', { CONCURRENT_PACKAGE_BUILDS: '2' });
    expect(result.code).toBe(137);
    expect(await processesOf(USER)).toEqual([]);
    expect(await leftovers(home)).toEqual([]);
    await trial.must(['packages']);
    expect(await readdir(join(clone.cache, 'tmp'))).toEqual([]);
    const first = await bytesOf(trial);
    await trial.must(['packages'], { env: { PACKAGE_REBUILD_LIST: names.join(' ') } });
    expect(await bytesOf(trial)).toEqual(first);
    expect(Object.keys(first)).toHaveLength(3);
  });

  it('shares the work of two runs at once in one checkout', async () => {
    const names = ['aa', 'bb', 'cc', 'dd'];
    const specs = Object.fromEntries(names.map((name) => [name, { build: ['sleep 2'] }]));
    const trial = await makeTrial(clone, 'twice', tinySpecs(specs));
    const [one, two] = await Promise.all([
      trial.must(['packages', '--json']),
      trial.must(['packages', '--json']),
    ]);
    const built = [...builtPackages(one.stdout), ...builtPackages(two.stdout)];
    expect(built.sort()).toEqual(names);
    expect(await partials(trial.out)).toEqual([]);
    const again = await trial.must(['packages', '--json']);
    expect(builtPackages(again.stdout)).toEqual([]);
    expect(Object.keys(await bytesOf(trial))).toHaveLength(4);
  });

  it('lets two runs at once make the same image', async () => {
    const text = `version: "1.0"\ninclude: [minimal.packages.yaml]\nfiles:\n  - path: /etc/salt\n    content: "${SALT}"\n`;
    await writeFile(join(clone.dir, 'configs/twice.yaml'), text);
    const image = ['toolkit/distrokit', 'image', '--config', 'configs/twice.yaml'] as const;
    await Promise.all([clone.must(image), clone.must(image)]);
    expect(await partials(join(clone.dir, 'images'))).toEqual([]);
    const artifacts = await artifactsOf(clone, 'twice');
    expect(artifacts).toHaveLength(6);
    const digests = await digestsOnDisk(clone, 'twice');
    for (const { name, sha256 } of artifacts) expect(digests[name], name).toBe(sha256);
  });

  it('gives a build no network, no way out of its root and nothing of the host to write to', async () => {
    await using server = await serve((_request, response) => response.end('reached\n'));
    const connect = `exec 3<>/dev/tcp/127.0.0.1/${server.port}`;
    await must(['bash', '-c', connect]);
    const mark = join('/var/tmp', `distrokit-escape-${process.pid}`);
    const trial = await makeTrial(clone, 'confined', {
      ...tinySpecs({
        confined: {
          build: [
            `if (${connect}) 2>/dev/null; then echo REACHED; exit 1; fi`,
            `if python3 -c "import socket; socket.create_connection(('127.0.0.1', ${server.port}), 2)" 2>/dev/null; then echo REACHED; exit 1; fi`,
            'if (exec 3<>/dev/tcp/203.0.113.1/80) 2>/dev/null; then echo REACHED; exit 1; fi',
            `echo escaped > ${mark}`,
            `mkdir -p ${home} && echo escaped > ${home}/escaped`,
            'echo escaped > /etc/hostname',
            'if touch /build/in/*.src.rpm 2>/dev/null; then echo WRITABLE; exit 1; fi',
            'if mount -t tmpfs none /mnt && mount -o remount,rw /build/in/*.src.rpm; then echo REMOUNTED; exit 1; fi',
            'test "$(ls /proc | grep -c "^[0-9]")" -lt 60',
          ],
        },
      }),
    });
    const before = await readFile('/etc/hostname', 'utf8');
    await trial.must(['packages']);
    expect(server.connections()).toBe(1);
    await expect(access(mark)).rejects.toThrow('ENOENT');
    await expect(access(join(home, 'escaped'))).rejects.toThrow('ENOENT');
    expect(await readFile('/etc/hostname', 'utf8')).toBe(before);
    const next = await makeTrial(clone, 'unmarked', {
      ...tinySpecs({ unmarked: { build: [`test ! -e ${mark}`, 'test "$(cat /etc/hostname)" != escaped'] } }),
    });
    await next.must(['packages']);
  });

  /** Starts a run, waits until a package's own commands run, and sends a signal to the toolkit's process. */
  async function endDuringBuild(
    trial: Trial,
    name: string,
    signal: 'SIGINT' | 'SIGKILL',
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly result: Run; readonly ended: number }> {
    const running = trial.run(['packages'], { env });
    const pid = await toolkitProcess(clone);
    const log = join(trial.out, 'logs/packages', `${name}.log`);
    for (const end = Date.now() + 120_000; ; await sleep(50)) {
      if (/Executing\(%build\)/.test(await readFile(log, 'utf8').catch(() => ''))) break;
      if (Date.now() > end) throw new Error(`${name} is not being built`);
    }
    const start = Date.now();
    process.kill(pid, signal);
    const result = await running;
    return { result, ended: Date.now() - start };
  }
});

/** Files that only a run that is going on may have. */
async function partials(folder: string): Promise<string[]> {
  const found = await must(['find', folder, '-xdev', '-name', '*.tmp']);
  return found.stdout.split('\n').filter((line) => line !== '');
}

/** SHA-256 of all that a trial has published. */
async function bytesOf(trial: Trial): Promise<Record<string, string>> {
  const { stdout } = await must([
    'find',
    join(trial.out, 'RPMS'),
    '-name',
    '*.rpm',
    '-exec',
    'sha256sum',
    '{}',
    '+',
  ]);
  const lines = stdout.trimEnd().split('\n');
  return Object.fromEntries(lines.map((line) => [line.slice(66), line.slice(0, 64)] as const));
}

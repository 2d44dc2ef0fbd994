import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Root } from '../../../toolkit/domain/ports.ts';
import type { SpecScanResult } from '../../../toolkit/domain/spec.ts';
import type { Host } from '../../../toolkit/host/host.ts';
import { leftovers, ROOT_CACHE } from '../../support/checkout.ts';
import { openTestHost } from '../../support/host.ts';
import { scanFolder, sharedFolder } from './real-host.ts';
import { failureOf, packagesOf, spec, writeSpecs } from './spec-folder.ts';

const signal = new AbortController().signal;
const LIMITS = { timeoutSeconds: 10, memoryMib: 512, jobs: 2 };
/** What an attack must not read: it stands in the environment of this process and in a file of the host. */
const SECRET = 'hostile-secret-7f3a';

/**
 * Specs of good will, before and after the others by name: what is done to the scan is done to them. They tell
 * what those before them left.
 */
const GOOD = Object.fromEntries(
  Array.from({ length: 24 }, (_, at) => {
    const name = `${at % 2 === 0 ? 'a' : 'z'}-good-${String(at).padStart(2, '0')}`;
    const lines = [
      'Provides: processes(%(cat /proc/[0-9]*/cmdline | tr "\\0" " " | grep -c "slee[p] 31536"))',
      'Provides: files(%(find /tmp /var/tmp /dev/shm -type f | wc -l))',
      'Provides: shell(%(echo %{name} | tr a-z A-Z))',
      'Provides: temporary(%(f=$(mktemp) && echo written > $f && cat $f))',
      'Provides: dist(%{?dist})',
      'Requires: %{name}-data = %{version}',
    ];
    return [name, spec(name, ...lines)];
  }),
);

function hostile(port: number | undefined, secretFile: string): Readonly<Record<string, string>> {
  const attacks: Readonly<Record<string, readonly string[]>> = {
    // What takes long or much.
    sleep: ['Provides: x', 'Provides: x%(sleep 1000)'],
    lua: ['Provides: x', '%{lua: while true do end}'],
    'lua-memory': ['%{lua: local t = {} while true do t[#t + 1] = string.rep("x", 1000000 + #t) end}'],
    processes: ['Provides: x%(bomb() { bomb | bomb & }; bomb; wait)'],
    memory: ['Provides: x%(for i in 1 2 3 4 5 6; do tail /dev/zero & done; wait)'],
    output: ['Provides: x%(yes)'],
    complaints: ['Provides: x%(yes >&2)'],
    disk: [
      'Provides: mebibytes(%(for i in 1 2 3 4 5; do head -c 50M /dev/zero > /tmp/$i; done 2>/dev/null; du -sm /tmp | cut -f1))',
      'Provides: largest(%(head -c 1G /dev/zero > /dev/shm/one 2>/dev/null; stat -c %%s /dev/shm/one))',
    ],
    inodes: ['Provides: inodes(%(cd /var/tmp && seq 6000 | xargs touch 2>/dev/null; ls | wc -l))'],
    // What reaches out.
    remove: ['Provides: x%(rm -rf /usr/lib/rpm /etc /specs/* 2>/dev/null; echo gone)'],
    write: [
      'Provides: x%(echo "%%dist .evil" | tee -a /usr/lib/rpm/macros /etc/rpm/macros /specs/mark >/dev/null)',
    ],
    'lua-write': [
      'Provides: x%{lua: print(io.open("/usr/lib/rpm/macros", "a") and "wrote" or "refused")}',
      'Provides: y%{lua: os.execute("rm -rf /specs/*; touch /specs/mark") print(posix.unlink("/usr/bin/sh") and 1 or 0)}',
    ],
    network: [`Provides: x%(exec 3<>/dev/tcp/127.0.0.1/${port} && echo reached)`],
    host: [
      `Provides: x%(cat ${secretFile})`,
      `Provides: y%{lua: print(io.open("${secretFile}") and 1 or 0)}`,
    ],
    environment: [
      `Provides: x%(cat /proc/*/environ /proc/self/environ | tr "\\\\0" "\\\\n" | grep -c ${SECRET})`,
    ],
    shadow: ['Provides: x%(grep -c . /proc/1/root/etc/shadow; cat /proc/1/cwd/etc/shadow | wc -c)'],
    rights: [
      'Provides: x%(unshare --user --map-root-user echo got; mount -t tmpfs none /tmp && echo mounted)',
    ],
    // What harms the others.
    kill: ['Provides: x%(kill -9 1; kill -9 $(ls /proc | grep "^[0-9]"); kill -9 -1)'],
    linger: [
      'Provides: x%(setsid sh -c "trap : TERM HUP; sleep 31536 & sleep 31536" </dev/null >/dev/null 2>&1 & echo)',
      'Provides: y%(touch /tmp/mark /dev/shm/mark; echo)',
    ],
    forge: [
      'Provides: x%{lua: local f for fd = 3, 40 do f = f or io.open("/proc/self/fd/" .. fd, "w") end print(f and "forged" or "refused")}',
    ],
    others: ['Provides: x%(for f in /proc/[0-9]*/fd/*; do echo "1 {}" > $f; done >/dev/null 2>&1)'],
  };
  return Object.fromEntries(
    Object.entries(attacks).map(([name, lines]) => [`m-${name}`, spec(`m-${name}`, ...lines)]),
  );
}

describe('hostile specs', () => {
  let host: Host;
  let folder: string;
  let outside: string;
  let good: ReadonlyMap<string, SpecScanResult>;
  let results: ReadonlyMap<string, SpecScanResult>;
  let connections = 0;
  let before: readonly string[];

  beforeAll(async () => {
    process.env.DISTROKIT_HOSTILE = SECRET;
    before = await readdir(join(ROOT_CACHE, 'tmp')).catch(() => []);
    host = await openTestHost();
    const worker: Root = await host.roots.base('worker', signal);
    folder = await sharedFolder('specs-');
    outside = await mkdtemp(join(tmpdir(), 'outside-'));
    await writeFile(join(outside, 'secret'), SECRET);
    await writeSpecs(folder, GOOD);
    good = await scanFolder(folder, host, worker, { ...LIMITS, memoryMib: 513 }, signal);

    const server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    await writeSpecs(folder, hostile(port, join(outside, 'secret')));
    await symlink(join(outside, 'secret'), join(folder, 'm-host/link.spec'));
    results = await scanFolder(folder, host, worker, LIMITS, signal);
    server.close();
  });
  afterAll(async () => {
    for (const path of [folder, outside]) {
      if (path !== undefined) await rm(path, { recursive: true, force: true });
    }
    await host?.[Symbol.asyncDispose]();
  });

  const provides = (name: string) =>
    packagesOf(results, `m-${name}`)[0]!.provides.filter((one) => one !== `m-${name} = 1-1`);

  it('leave the results of all others as they are', () => {
    expect(good.size).toBe(24);
    for (const [path, result] of good) expect(results.get(path), path).toEqual(result);
    expect(packagesOf(results, 'z-good-23')[0]!.provides).toEqual([
      'dist(.dk1)',
      'files(0)',
      'processes(0)',
      'shell(Z-GOOD-23)',
      'temporary(written)',
      'z-good-23 = 1-1',
    ]);
    expect(packagesOf(results, 'm-linger')).toHaveLength(1);
  });

  it('each have a result', async () => {
    expect(results.size).toBe((await readdir(folder)).length + 1);
  });

  it.each([
    ['sleep', /^not parsed within the limit of 10 s/, 8],
    ['lua', /^not parsed within the limit of 10 s/, 8],
    ['processes', /^not parsed within the limit of/, 7],
    ['memory', /^not parsed within the limit of (512 MiB|10 s)/, 7],
    ['complaints', /^not parsed within the limit of 10 s; y; y/, 7],
    ['kill', /^rpm was ended by signal 9/, 7],
  ])('that take long or much fail by themselves: %s', (name, message, line) => {
    const file = `m-${name}/m-${name}.spec`;
    expect(failureOf(results, file)).toEqual({ message: expect.stringMatching(message), file, line });
  });

  it.each(['lua-memory', 'output'])('do not get more memory than they may: %s', (name) => {
    expect(failureOf(results, `m-${name}/m-${name}.spec`)).toBeDefined();
  });

  it('do not fill the disk', () => {
    const told = Object.fromEntries(
      [...provides('disk'), ...provides('inodes')].map((one) => one.slice(0, -1).split('(')),
    );
    expect(Number(told.mebibytes)).toBeLessThanOrEqual(64);
    expect(Number(told.largest)).toBeLessThanOrEqual(64 << 20);
    expect(Number(told.inodes)).toBeLessThanOrEqual(4096);
  });

  it('do not reach the tree that they are parsed in, nor that of the specs', async () => {
    expect(provides('remove')).toEqual(['xgone']);
    expect(provides('lua-write')).toEqual(['xrefused', 'y0']);
    expect(provides('forge')).toEqual(['xrefused']);
    expect(packagesOf(results, 'm-write')).toHaveLength(1);
    expect(await readdir(folder)).not.toContain('mark');
    expect(await readdir(join(folder, 'a-good-00'))).toEqual(['a-good-00.spec']);
  });

  it('do not reach the host', () => {
    expect(provides('host')).toEqual(['x', 'y0']);
    expect(provides('environment')).toEqual(['x0']);
    expect(provides('shadow')).toEqual(['x0']);
    expect(provides('rights')).toEqual(['x']);
    expect(failureOf(results, 'm-host/link.spec')?.message).toMatch(/No such file/);
    expect(provides('network')).toEqual(['x']);
    expect(connections).toBe(0);
  });

  it('leave nothing behind', async () => {
    expect(await leftovers(folder)).toEqual([]);
    await host[Symbol.asyncDispose]();
    expect(await readdir(join(ROOT_CACHE, 'tmp'))).toEqual(before);
  });
});

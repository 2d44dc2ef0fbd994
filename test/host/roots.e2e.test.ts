import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Root, RootCommand } from '../../toolkit/domain/ports.ts';
import { createHost, type Host } from '../../toolkit/host/host.ts';
import { ROOT_CACHE } from '../support/checkout.ts';

const never = new AbortController().signal;
const chrootDir = new URL('../../chroot', import.meta.url).pathname;
const options = {
  cacheDir: ROOT_CACHE,
  toolchain: 'userns',
  locked: false,
  chrootDir,
  events: { emit() {} },
} as const;
const NODE = process.execPath;
let host: Host;
let worker: Root;

beforeAll(async () => {
  host = await createHost(options);
  worker = await host.roots.base('worker', never);
}, 600_000);
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

const shell = (script: string): Pick<RootCommand, 'argv'> => ({ argv: ['sh', '-euc', script] });
const output = async (root: Root, script: string, more: Partial<RootCommand> = {}) => {
  const result = await host.roots.run(root, { ...shell(script), ...more }, never);
  expect(result).toMatchObject({ exitCode: 0 });
  return result.stdout.trim();
};
const random = () => Math.random().toString(36).slice(2);

describe('a root', () => {
  it('is there at once the second time', async () => {
    const other = await createHost(options);
    const started = performance.now();
    const again = await other.roots.base('worker', never);
    // A root that is made takes a minute; this bound only tells the two apart.
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(again.key).toBe(worker.key);
    await other[Symbol.asyncDispose]();
  });

  it('is entered as uid 0 with 65,536 ids, none of which is root on the host', async () => {
    expect(await output(worker, 'id -u; id -g; id -G')).toBe('0\n0\n0');
    const map = await output(worker, 'cat /proc/self/uid_map');
    const outside = map.split('\n').map((line) => Number(line.trim().split(/\s+/)[1]));
    expect(outside).not.toContain(0);
    expect(await output(worker, 'touch /x; chown 1234:65534 /x; stat -c %u:%g /x')).toBe('1234:65534');
  });

  it('has no network but a loopback, its own processes, host name and devices', async () => {
    expect(await output(worker, "ip -brief link | awk '{ print $1 }'")).toBe('lo');
    expect(await output(worker, 'hostname')).toBe('build');
    expect(await output(worker, 'ls /proc | grep -c "^[0-9]"')).toMatch(/^[1-9]$/);
    const devices = 'fd full null ptmx pts random shm stderr stdin stdout tty urandom zero';
    expect(await output(worker, 'ls /dev | xargs')).toBe(devices);
    expect(await output(worker, 'echo x >/dev/null; head -c 3 /dev/zero | wc -c; ls /sys')).toBe('3');
    expect(await output(worker, 'cat <(echo substituted)')).toBe('substituted');
  });

  it('does not show the host: neither mounts nor environment', async () => {
    process.env.LEAKED_SECRET = 'x';
    const names = await output(worker, 'env | cut -d= -f1 | sort | xargs', { env: { ADDED: '1' } });
    expect(names).toBe('ADDED HOME LANG LOGNAME PATH PWD SHLVL TZ USER _');
    const mounts = await output(worker, "awk '{ print $2 }' /proc/mounts | sort | xargs");
    expect(mounts.split(' ').filter((path) => !path.startsWith('/dev'))).toEqual(['/', '/proc']);
  });

  it('is thrown away after each command', async () => {
    await output(worker, 'echo changed >/etc/hostname; rm -rf /usr/share; mkdir /new');
    expect(await output(worker, 'ls -d /usr/share; ls /new 2>/dev/null || echo none')).toBe(
      '/usr/share\nnone',
    );
    await expect.poll(async () => await partialWork('run')).toEqual([]);
  });

  it('reports how a command ended, and its output as it comes', async () => {
    const lines: string[] = [];
    const command = {
      ...shell('echo out; echo err >&2; exit 9'),
      onLine: (line: string) => lines.push(line),
    };
    const result = await host.roots.run(worker, command, never);
    expect(result).toMatchObject({ exitCode: 9, stdout: 'out\n', stderr: 'err\n' });
    expect(lines.sort()).toEqual(['err', 'out']);
  });

  it('says in the words of the program why it cannot be set up', async () => {
    const binds = [{ source: chrootDir, target: '/etc/passwd/below', writable: false }];
    await expect(host.roots.run(worker, { ...shell('true'), binds }, never)).rejects.toMatchObject({
      code: 'SANDBOX_REFUSED',
      message: expect.stringContaining('etc/passwd'),
    });
  });

  it('runs the official Node, bound in', async () => {
    const binds = [{ source: NODE, target: '/node', writable: false }];
    expect(await output(worker, '/node --version', { binds })).toBe(process.version);
    const tools = await host.roots.base('tools', never);
    expect(await output(tools, '/node --version', { binds })).toBe(process.version);
  }, 600_000);

  it('writes to a scratch folder, and to nothing else that is bound', async () => {
    await using scratch = await host.roots.scratch('test');
    await writeFile(join(scratch.path, 'in'), 'from the host');
    const binds = [
      { source: scratch.path, target: '/work', writable: true },
      { source: chrootDir, target: '/chroot', writable: false },
    ];
    const script =
      'cat /work/in; echo made >/work/out; mkdir /work/sub; chown -R 7:7 /work/sub; ! touch /chroot/x';
    expect(await output(worker, script, { binds })).toBe('from the host');
    expect(await readFile(join(scratch.path, 'out'), 'utf8')).toBe('made\n');
  });

  it('ends with what it started when it is aborted', async () => {
    const mark = `7${process.pid}.5`;
    const controller = new AbortController();
    const running = host.roots.run(worker, shell(`sleep ${mark} & sleep ${mark}`), controller.signal);
    await expect.poll(async () => await processesWith(mark), { timeout: 10_000 }).not.toEqual([]);
    controller.abort(new Error('stop'));
    await expect(running).rejects.toThrow('stop');
    await expect.poll(async () => await processesWith(mark)).toEqual([]);
  });

  it('keeps a long-lived program, spoken to line by line', async () => {
    await using program = await host.roots.open(worker, { argv: ['tr', 'a-z', 'A-Z'] }, never);
    program.stdin.write('hello\n');
    program.stdin.end();
    expect(await text(program.stdout)).toBe('HELLO\n');
    expect(await program.ended).toBe(0);
  });
});

describe('the worker root', () => {
  it('compiles, and has bash as its shell', async () => {
    const script =
      'readlink /bin/sh; echo "int main(void) { return 0; }" >/a.c; gcc -o /a /a.c; /a; rpm --version';
    expect(await output(worker, script)).toBe('bash\nRPM version 4.20.1');
  });

  it.each([
    'libc.so.6(GLIBC_2.41)(64bit)',
    'libstdc++.so.6()(64bit)',
    'rtld(GNU_HASH)',
    'pkgconfig(zlib)',
    'perl(File::Temp)',
    'python(abi) = 3.13',
    '/bin/sh',
    '/usr/bin/make',
    'zlib-devel >= 1.3',
    'gcc-c++',
    'user(root)',
  ])('answers rpm that %s is there', async (capability) => {
    await rpmbuildRequiring(capability, 0);
  });

  it('does not answer for what is not there', async () => {
    expect(await rpmbuildRequiring('nosuch-devel', 11)).toContain('nosuch-devel is needed by');
  });

  it('offers the solver what its rpm database has', async () => {
    const listed = await output(worker, 'rpm -q --provides seed-root');
    const own = listed.split('\n').filter((line) => !line.startsWith('seed-root'));
    expect(own.map((line) => line.trim()).sort()).toEqual([...worker.seed!.provides]);
    expect(await host.store.find(worker.seed!.rpm.sha256)).toBeDefined();
  });
});

async function rpmbuildRequiring(capability: string, exitCode: number): Promise<string> {
  const spec = `Name: a\nVersion: 1\nRelease: 1\nSummary: a\nLicense: a\nBuildRequires: ${capability}\n%description\n%files\n`;
  const command = shell('cat >/a.spec; rpmbuild -bb /a.spec');
  const result = await host.roots.run(worker, { ...command, stdin: spec }, never);
  expect(result).toMatchObject({ exitCode });
  return result.stderr;
}

describe('derive', () => {
  it('adds a layer that later commands see, and does not run twice', async () => {
    const key = random();
    const command = shell('echo layer >/etc/layer; rm /etc/hostname; mkdir /usr/share/perl/new');
    const layer = await host.roots.derive(worker, key, command, never);
    expect(layer).toMatchObject({ depth: worker.depth + 1, name: worker.name, seed: worker.seed });
    expect(await output(layer, 'cat /etc/layer; ls /etc/hostname 2>&1 || :')).toMatch(
      /^layer\n.*No such file/,
    );
    const again = await host.roots.derive(worker, key, shell('exit 1'), never);
    expect(again.key).toBe(layer.key);
  });

  it('keeps nothing of a command that fails, and says why', async () => {
    const key = random();
    const failing = host.roots.derive(worker, key, shell('echo reason >&2; exit 3'), never);
    await expect(failing).rejects.toMatchObject({
      code: 'ROOT_LAYER_FAILED',
      message: expect.stringContaining('reason'),
    });
    const layer = await host.roots.derive(worker, key, shell('true'), never);
    expect(layer.depth).toBe(worker.depth + 1);
  });

  it('leaves neither binds nor temporary files in a layer, and folds in the rpm database', async () => {
    const binds = [
      { source: chrootDir, target: '/bound', writable: false },
      { source: NODE, target: '/node', writable: false },
    ];
    const script = 'touch /tmp/x; rpm -e --justdb seed-root';
    const layer = await host.roots.derive(worker, random(), { ...shell(script), binds }, never);
    expect(await output(layer, 'ls -d /bound /node /tmp/* 2>/dev/null || rpm -qa')).toBe('');
    const folder = join(
      host.cacheDir,
      'roots',
      (await readdir(join(host.cacheDir, 'roots'))).find((tag) => tag !== 'made')!,
    );
    const database = join(folder, 'l', layer.key, 'u/usr/lib/sysimage/rpm');
    expect((await readdir(database)).filter((name) => /-(wal|shm)$/.test(name))).toEqual([]);
  });

  it('goes eight layers deep and no deeper', async () => {
    const key = random();
    let root = worker;
    while (root.depth < 8) {
      root = await host.roots.derive(root, key, shell(`echo ${root.depth} >>/depth`), never);
    }
    expect(await output(root, 'cat /depth | xargs')).toBe('1 2 3 4 5 6 7');
    await expect(host.roots.derive(root, key, shell('true'), never)).rejects.toThrow(/at most 8/);
  }, 60_000);

  it('is made once by two that want it at once', async () => {
    const key = random();
    const command = shell('sleep 0.3; echo x >/once');
    const both = [1, 2].map(async () => await host.roots.derive(worker, key, command, never));
    const [one, other] = await Promise.all(both);
    expect(one?.key).toBe(other?.key);
  });
});

describe('SIGKILL to our process alone', () => {
  it.each([0, 15, 40, 80, 150, 300, 600])(
    'leaves no process and no mount behind, %i ms into a command',
    async (delay) => {
      const mark = `8${process.pid}.${delay}`;
      const module = new URL('../../toolkit/host/host.ts', import.meta.url).href;
      const script = `const { createHost } = await import('${module}');
        const never = new AbortController().signal;
        const host = await createHost({ cacheDir: ${JSON.stringify(host.cacheDir)}, toolchain: 'userns', locked: false,
          chrootDir: ${JSON.stringify(chrootDir)}, events: { emit() {} } });
        const root = await host.roots.base('worker', never);
        console.log('ready');
        await host.roots.run(root, { argv: ['sh', '-c', 'sleep ${mark} & setsid sleep ${mark}'] }, never);`;
      const child = spawn(NODE, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      using _end = { [Symbol.dispose]: () => void child.kill('SIGKILL') };
      await new Promise((resolve) => child.stdout.once('data', resolve));
      await sleep(delay);
      // Whether the two questions below can be answered with yes at all.
      if (delay === 600)
        await expect.poll(async () => await processesWith(mark), { timeout: 5_000 }).not.toEqual([]);
      if (delay === 600) expect(await mountsOf(`-${child.pid}-`)).not.toEqual([]);
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      // Until then it counts as alive, with all that is its own.
      await ended;
      await expect.poll(async () => await processesWith(mark), { timeout: 5_000 }).toEqual([]);
      await expect.poll(async () => await mountsOf(`-${child.pid}-`), { timeout: 5_000 }).toEqual([]);
      const next = await createHost(options);
      expect(
        (await readdir(join(host.cacheDir, 'tmp'))).filter((name) => name.includes(`-${child.pid}-`)),
      ).toEqual([]);
      await next[Symbol.asyncDispose]();
    },
    30_000,
  );
});

/** Processes, but ours, that have a word in their arguments. */
async function processesWith(mark: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    if (Number(pid) === process.pid) continue;
    const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    if (argv.some((word) => word.includes(mark)) && !argv.includes('--input-type=module')) found.push(pid);
  }
  return found;
}

/** Mount namespaces other than ours in which something of a session is mounted. */
async function mountsOf(session: string): Promise<string[]> {
  const found = new Set<string>();
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const mounts = await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '');
    if (mounts.includes(session)) found.add(await readlink(`/proc/${pid}/ns/mnt`).catch(() => pid));
  }
  return [...found];
}

async function partialWork(prefix: string): Promise<string[]> {
  const sessions = await readdir(join(ROOT_CACHE, 'tmp')).catch(() => []);
  const mine = sessions.filter((name) => name.split('-')[1] === String(process.pid));
  const folders = await Promise.all(mine.map(async (name) => await readdir(join(ROOT_CACHE, 'tmp', name))));
  return folders.flat().filter((name) => name.startsWith(prefix));
}

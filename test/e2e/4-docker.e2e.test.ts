import { cp, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createContainerMaker } from '../../toolkit/host/docker/bootstrap.ts';
import { lazyEngine } from '../../toolkit/host/docker/roots.ts';
import { createHost } from '../../toolkit/host/host.ts';
import { openSession } from '../../toolkit/host/session.ts';
import {
  CHECKOUT,
  type Clone,
  cloneCheckout,
  isRoot,
  leftovers,
  removeTree,
  WARM_CACHE,
} from '../support/checkout.ts';
import { openEngine, type TestEngine } from '../support/docker-engine.ts';

const signal = new AbortController().signal;
const silent = { emit: () => {} };

/** A package without sources. */
function spec(name: string, build: string, requires = ''): string {
  return `Name: ${name}
Version: 1
Release: 1
Summary: Of a test
License: MIT
BuildArch: noarch
${requires}
%description
Of a test.
%build
${build}
%install
mkdir -p %{buildroot}/usr/share/${name}
id -u >%{buildroot}/usr/share/${name}/who
%files
/usr/share/${name}
%changelog
* Thu Jan 01 2026 Test <test@distrokit.invalid> - 1-1
- First.
`;
}

/** Copies the base roots of a cache, and nothing made in them. */
async function copyBases(from: string, to: string): Promise<void> {
  const records = join('roots', 'made');
  for (const name of await readdir(join(from, records)).catch(() => [])) {
    const { tar } = JSON.parse(await readFile(join(from, records, name), 'utf8')) as { tar: string };
    const object = join('objects', 'sha256', tar.slice(0, 2), tar);
    for (const path of [object, join(records, name)]) {
      await mkdir(dirname(join(to, path)), { recursive: true });
      await cp(join(from, path), join(to, path));
    }
  }
}

/** Keys of a cache's actions with the digests of what they gave. */
async function actionsOf(cache: string): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const name of await readdir(join(cache, 'actions'), { recursive: true })) {
    if (!name.endsWith('.json')) continue;
    const { outputs } = JSON.parse(await readFile(join(cache, 'actions', name), 'utf8')) as {
      outputs: unknown;
    };
    found[name] = outputs;
  }
  return found;
}

describe.runIf(isRoot())('TOOLCHAIN=docker', () => {
  let home: string;
  let clone: Clone;
  let engine: TestEngine;
  let docker: Record<string, string>;

  beforeAll(async () => {
    home = await mkdtemp('/var/tmp/docker-');
    clone = await cloneCheckout(join(home, 'work'), 'clone', 'root', join(home, 'userns-cache'));
    await clone.must(['make', 'setup', 'TOOLCHAIN=docker']);
    engine = await openEngine(join(home, 'engine'));
    docker = { ...engine.env, TOOLCHAIN: 'docker', DISTROKIT_CACHE: join(home, 'docker-cache') };
    Object.assign(process.env, engine.env);
    const specs = {
      lamp: spec('lamp', ''),
      shade: spec('shade', 'test -s /usr/share/lamp/who', 'BuildRequires: lamp'),
      slow: spec('slow', 'sleep 900', 'BuildRequires: lamp'),
    };
    for (const [name, text] of Object.entries(specs)) {
      await mkdir(join(clone.dir, 'specs', name));
      await writeFile(join(clone.dir, 'specs', name, `${name}.spec`), text);
    }
  });

  afterAll(async () => {
    if (engine !== undefined) await engine[Symbol.asyncDispose]();
    if (home === undefined) return;
    expect(await leftovers(home)).toEqual([]);
    await removeTree(home);
  });

  /** Containers of ours, running or not. */
  const containers = async () =>
    (await engine.docker('ps', '--all', '--filter', 'label=distrokit', '--format', '{{.Names}} {{.Status}}'))
      .split('\n')
      .filter((line) => line !== '');

  /** Waits until no container of ours is left, nor comes: the engine may be about to make one. */
  const goneWithin = async (limitMs: number) => {
    const until = performance.now() + limitMs;
    for (let quiet = 0; quiet < 5 && performance.now() < until; ) {
      await sleep(300);
      quiet = (await containers()).length > 0 ? 0 : quiet + 1;
    }
    return await containers();
  };

  it('makes roots with the keys of the other backend, from its tars', async () => {
    await copyBases(WARM_CACHE, clone.cache);
    const toolchain = ['toolkit/distrokit', 'toolchain'] as const;
    const other = await clone.must(toolchain);
    await copyBases(clone.cache, docker.DISTROKIT_CACHE!);
    const ours = await clone.must(toolchain, { env: docker });
    expect(ours.stdout).toBe(other.stdout);
    expect(ours.stdout).toMatch(/^worker: \d+ Debian packages, [0-9a-f]{16}\ntools: /);
  });

  it('builds the same bytes under the same keys', async () => {
    const packages = ['toolkit/distrokit', 'packages', 'distrokit-release', 'filesystem', 'shade'] as const;
    await clone.must(packages);
    const built = await clone.must(packages, { env: docker });
    expect(built.stderr).toMatch(/packages: 4 built, 0 reused/);
    const actions = await actionsOf(docker.DISTROKIT_CACHE!);
    expect(JSON.stringify(actions)).toContain('shade-1-1.noarch.rpm');
    expect(actions).toEqual(await actionsOf(clone.cache));
    expect(await containers()).toEqual([]);
  });

  it.each([200, 500, 900, 1400, 5000])(
    'leaves no container when killed %i ms after its start',
    async (delay) => {
      const killed = await clone.run(['toolkit/distrokit', 'packages', 'slow'], {
        env: docker,
        onStart: (pid) => void sleep(delay).then(() => process.kill(pid, 'SIGKILL')),
      });
      expect(killed.code).toBe(137);
      expect(await goneWithin(10_000)).toEqual([]);
      expect(await leftovers(docker.DISTROKIT_CACHE!)).toEqual([]);
    },
  );

  it('ends a build in a running container with the toolkit that is killed', async () => {
    let toolkit = 0;
    const running = clone.run(['toolkit/distrokit', 'packages', 'slow'], {
      env: docker,
      onStart: (pid) => {
        toolkit = pid;
      },
    });
    await expect
      .poll(async () => (await engine.docker('ps', '-q', '--filter', 'label=distrokit')).split('\n').length, {
        timeout: 30_000,
      })
      .toBeGreaterThan(0);
    await expect.poll(sleepers, { timeout: 30_000 }).toHaveLength(1);
    process.kill(toolkit, 'SIGKILL');
    expect((await running).code).toBe(137);
    expect(await goneWithin(10_000)).toEqual([]);
    expect(await sleepers()).toEqual([]);

    async function sleepers(): Promise<string[]> {
      const names = (await containers()).map((line) => line.split(' ')[0]!);
      const found: string[] = [];
      for (const name of names) {
        const top = await engine.docker('top', name, '-eo', 'pid,args').catch(() => '');
        found.push(...top.split('\n').filter((line) => line.endsWith(' sleep 900')));
      }
      return found;
    }
  });

  it('removes containers of dead runs, and goes on', async () => {
    const session = (await readdir(join(docker.DISTROKIT_CACHE!, 'tmp')))[0]!;
    const [image] = (await engine.docker('image', 'ls', '--format', '{{.Repository}}:{{.Tag}}')).split('\n');
    await engine.docker('create', '--label', `distrokit=${session}`, '--network', 'none', image!, 'true');
    const again = await clone.must(['toolkit/distrokit', 'packages', 'shade'], { env: docker });
    expect(again.stderr).toMatch(/packages: 0 built, 2 reused/);
    expect(await readdir(join(docker.DISTROKIT_CACHE!, 'tmp'))).toEqual([]);
    // What reuses all it needs enters no root.
    await clone.must(['toolkit/distrokit', 'toolchain'], { env: docker });
    expect(await containers()).toEqual([]);
  });

  it('carries input, long output, limits and long-lived programs', async () => {
    const chrootDir = join(CHECKOUT, 'chroot');
    const options = { cacheDir: docker.DISTROKIT_CACHE, toolchain: 'docker', locked: false } as const;
    await using host = await createHost({ ...options, chrootDir, events: silent });
    const { roots } = host;
    const root = await roots.base('tools', signal);

    let bytes = 0;
    const onLine = (line: string) => {
      bytes += line.length + 1;
    };
    const line = `{"text": "${'a'.repeat(87)}"}`;
    const script = `i=0; while [ $i -lt 300 ]; do cat /one; i=$((i+1)); done; echo told >&2; exit 7`;
    await using scratch = await roots.scratch('one');
    await writeFile(join(scratch.path, 'one'), `${line}\n`.repeat(1000));
    const binds = [{ source: join(scratch.path, 'one'), target: '/one', writable: false }];
    const long = await roots.run(root, { argv: ['sh', '-c', script], binds, onLine }, signal);
    expect([long.exitCode, long.stderr]).toEqual([7, 'told\n']);
    expect(bytes).toBe(300_000 * (line.length + 1) + 'told\n'.length);

    const env = { ONLY: 'this, "that"' };
    const asked = ['sh', '-c', 'pwd; hostname; echo "$ONLY"; cat; mknod /tmp/null c 1 3'] as const;
    const given = await roots.run(root, { argv: asked, cwd: '/usr', env, stdin: 'in\n' }, signal);
    expect(given.stdout).toBe('/usr\nbuild\nthis, "that"\nin\n');
    expect(given.stderr).toMatch(/mknod.*not permitted/);

    const late = roots.run(root, { argv: ['sleep', '100'], timeoutMs: 1000 }, signal);
    await expect(late).rejects.toThrow(expect.objectContaining({ code: 'PROCESS_TIMED_OUT' }));
    await using program = await roots.open(root, { argv: ['cat'] }, signal);
    program.stdin.write('there\n');
    const answer = await new Promise((resolve) => program.stdout.once('data', resolve));
    expect(String(answer)).toBe('there\n');

    const failing = roots.derive(root, 'f'.repeat(64), { argv: ['false'] }, signal);
    await expect(failing).rejects.toThrow(expect.objectContaining({ code: 'ROOT_LAYER_FAILED' }));
  });

  it('makes roots in a container where the host has no mmdebstrap', async () => {
    const folder = join(home, 'made');
    await mkdir(folder);
    const from = (await engine.docker('image', 'ls', '--format', '{{.Repository}}:{{.Tag}}'))
      .split('\n')
      .find((name) => name.startsWith('distrokit-base:'))!;
    const make = createContainerMaker({
      engine: lazyEngine(),
      session: await openSession(join(home, 'maker')),
      chrootDir: join(CHECKOUT, 'chroot'),
      mirror: process.env.DEBIAN_MIRROR,
      events: silent,
      from,
    });
    const recipe = { name: 'small', suite: 'trixie', arch: 'amd64', packages: ['hostname', 'mount'] };
    const made = await make(recipe, folder, signal);
    expect(made.packages.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['apt', 'hostname', 'libc6', 'mount']),
    );
    const { stdout } = await clone.must(['tar', '-tf', made.tar]);
    expect(stdout).toMatch(/^\.\/usr\/bin\/hostname$/m);
  });

  it('says what to do where no engine answers', async () => {
    const env = { ...docker, DOCKER_HOST: `unix://${home}/nothing` };
    const refused = await clone.run(['toolkit/distrokit', 'toolchain'], { env });
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/Docker's engine cannot be used: .*\n.*sudo systemctl start docker/);
  });

  it('removes its images with the cache', async () => {
    await clone.must(['toolkit/distrokit', 'clean', '--cache'], { env: docker });
    expect(await engine.docker('image', 'ls', '--quiet', '--filter', 'label=distrokit')).toBe('');
  });
});

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Clone,
  cloneCheckout,
  isRoot,
  removeTree,
  testHome,
  WARM_CACHE,
  warmClone,
} from '../support/checkout.ts';
import { jsonLines, tasksOf } from '../support/events.ts';
import { serveFolder, type TestServer } from '../support/http-server.ts';
import { artifactsOf, digestsOnDisk } from '../support/images.ts';
import { must } from '../support/shell.ts';

const CONFIG = 'configs/served.yaml';

/** The package that one test damages on its way. */
const DAMAGED = /\/netbase-[^/]*\.rpm$/;

describe.runIf(isRoot())('a package server', () => {
  let home: string;
  let publisher: Clone;
  let consumer: Clone;
  let server: TestServer;
  let damage = false;

  beforeAll(async () => {
    home = await testHome('server');
    publisher = await warmClone(home, 'publisher');
    await publisher.must(['make', 'repo', 'CONFIG=configs/minimal.yaml']);
    server = await serveFolder(join(publisher.dir, 'out/RPMS'), (path, bytes) =>
      damage && DAMAGED.test(path) ? flipped(bytes) : bytes,
    );
    consumer = await emptyConsumer();
  });

  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    if (home !== undefined) await removeTree(home);
  });

  /** Digests of the artifacts, and of the documents that do not tell who built the packages. */
  async function bytesOf(clone: Clone): Promise<Record<string, string>> {
    const all = Object.entries(await digestsOnDisk(clone, 'served'));
    return Object.fromEntries(all.filter(([name]) => !/\.(?:spdx|cdx|intoto|lock)\.json$/.test(name)));
  }

  /**
   * A clone with no spec of the distribution, and a cache of its own that knows the roots (their making is
   * not what is tested) and no package at all.
   */
  async function emptyConsumer(): Promise<Clone> {
    const clone = await cloneCheckout(join(home, 'consumer'), 'clone', 'user');
    await clone.must(['make', 'setup']);
    await must(['rm', '-r', join(clone.dir, 'specs')]);
    await must(['mkdir', '-p', join(clone.dir, 'specs/harmless'), join(clone.cache, 'roots')]);
    const spec = ['Name: harmless', 'Version: 1', 'Release: 1', 'Summary: Nothing', 'License: MIT'];
    await writeFile(
      join(clone.dir, 'specs/harmless/harmless.spec'),
      `${spec.join('\n')}\n%description\n.\n%files\n`,
    );
    const config = 'version: "1.0"\nname: served\ninclude: [minimal.packages.yaml]\nformats: [raw, tar.gz]\n';
    for (const { dir } of [publisher, clone]) await writeFile(join(dir, CONFIG), config);
    await takeRoots(clone);
    await must(['chown', '-R', '--reference', publisher.dir, join(home, 'consumer')]);
    return clone;
  }

  /** What the warm cache knows of roots: how they were made, and their tars. */
  async function takeRoots(clone: Clone): Promise<void> {
    const made = join(WARM_CACHE, 'roots/made');
    await must(['cp', '-r', made, join(clone.cache, 'roots/made')]);
    for (const name of await readdir(made)) {
      const { tar } = JSON.parse(await readFile(join(made, name), 'utf8')) as { tar: string };
      const folder = join('objects/sha256', tar.slice(0, 2));
      await must(['mkdir', '-p', join(clone.cache, folder)]);
      await must(['cp', join(WARM_CACHE, folder, tar), join(clone.cache, folder, tar)]);
    }
  }

  async function image(variables: Readonly<Record<string, string>>) {
    return await consumer.run(['toolkit/distrokit', 'image', '--config', CONFIG, '--json'], {
      env: { REBUILD_PACKAGES: 'n', ...variables },
    });
  }

  it('that cannot be reached is named', async () => {
    const result = await image({ PACKAGE_URL_LIST: 'http://127.0.0.1:1/nobody' });
    expect(result.code).toBe(3);
    expect(jsonLines(result.stdout).at(-1)).toMatchObject({
      type: 'error',
      code: 'PACKAGE_SERVER_UNREACHABLE',
      message: expect.stringContaining('http://127.0.0.1:1/nobody'),
    });
  });

  it('with a damaged package is refused, with the name of the package', async () => {
    damage = true;
    const result = await image({ PACKAGE_URL_LIST: server.url });
    damage = false;
    expect(result.code, result.stdout).toBe(1);
    const error = jsonLines(result.stdout).at(-1);
    expect(error).toMatchObject({ type: 'error', code: 'PACKAGE_NOT_FETCHED' });
    expect(error?.message).toMatch(/netbase-[^ ]*\.rpm \(SHA-256 [0-9a-f]{64}\)/);
    expect(error?.message).toMatch(/SHA-256 is [0-9a-f]{64}, expected [0-9a-f]{64}/);
    expect(await readdir(join(consumer.dir, 'images')).catch(() => [])).not.toContain('served');
  });

  it('alone gives a second clone the same image, byte for byte', async () => {
    const result = await image({ PACKAGE_URL_LIST: server.url });
    expect(result.code, result.stdout.slice(-3000)).toBe(0);
    expect(tasksOf(result.stdout, 'packages', 'made')).toEqual([]);
    expect(server.requests.filter((path) => path.endsWith('.rpm')).length).toBeGreaterThan(5);
    expect(await readdir(join(consumer.dir, 'out/RPMS')).catch(() => [])).not.toContain('x86_64');

    await publisher.must(['make', 'image', `CONFIG=${CONFIG}`]);
    expect(await installed(consumer)).toEqual(await installed(publisher));
    const artifacts = await artifactsOf(consumer, 'served');
    expect(artifacts.map(({ format }) => format).sort()).toEqual(['raw', 'tar.gz']);
    expect(await bytesOf(consumer)).toEqual(await bytesOf(publisher));
  });

  it('is read from a .repo file too', async () => {
    const file = join(consumer.dir, 'company.repo');
    await writeFile(
      file,
      `[company]\nname=Company packages\nbaseurl=${server.url}/\nenabled=1\ngpgcheck=0\n`,
    );
    const result = await image({ REPO_LIST: file });
    expect(result.code, result.stdout.slice(-3000)).toBe(0);
    expect(await installed(consumer)).toEqual(await installed(publisher));
  });

  it('is a folder on the disk as well, and need not be asked again for what it gave', async () => {
    const before = server.requests.length;
    const result = await image({ PACKAGE_URL_LIST: join(publisher.dir, 'out/RPMS') });
    expect(result.code, result.stdout.slice(-3000)).toBe(0);
    const again = await image({ PACKAGE_URL_LIST: server.url });
    expect(again.code, again.stdout.slice(-3000)).toBe(0);
    expect(server.requests.slice(before).filter((path) => path.endsWith('.rpm'))).toEqual([]);
  });

  it('gives what no spec here provides, for a build and for an image', async () => {
    const spec = await readFile(join(consumer.dir, 'specs/harmless/harmless.spec'), 'utf8');
    await writeFile(
      join(consumer.dir, 'specs/harmless/harmless.spec'),
      spec
        .replace('%description', 'BuildRequires: musl-devel\n%description')
        .replace('%files', '%install\ntest "$(rpm -q --qf %%{VENDOR} musl-devel)" = distrokit\n%files'),
    );
    const argv = ['toolkit/distrokit', 'packages', 'harmless', '--json'] as const;
    const built = await consumer.run(argv, { env: { PACKAGE_URL_LIST: server.url } });
    expect(built.code, built.stdout.slice(-3000)).toBe(0);
    expect(tasksOf(built.stdout, 'packages', 'made')).toEqual(['harmless']);
    const alone = await consumer.run(argv);
    expect(alone.code).toBe(1);
    expect(alone.stdout).toMatch(/musl-devel \(wanted by harmless/);
  });

  it('that lacks something is not completed by the worker root', async () => {
    await writeFile(join(consumer.dir, 'configs/more.yaml'), 'version: "1"\npackages: [gcc]\n');
    const result = await consumer.run(['toolkit/distrokit', 'image', '--config', 'configs/more.yaml'], {
      env: { REBUILD_PACKAGES: 'n', PACKAGE_URL_LIST: server.url },
    });
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/\bgcc\b/);
    expect(result.stderr.match(/^error: /gm)).toHaveLength(1);
  });
});

/** NEVRAs and hashes of what the last image of a clone is made of. */
async function installed(clone: Clone): Promise<unknown> {
  const packages = JSON.parse(
    await readFile(join(clone.dir, 'out/04-image-packages.json'), 'utf8'),
  ) as unknown[];
  expect(packages.length).toBeGreaterThan(5);
  return packages.map((entry) => JSON.stringify(entry)).sort();
}

function flipped(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  const at = changed.length >> 1;
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}

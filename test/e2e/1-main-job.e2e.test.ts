import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Clone,
  cloneCheckout,
  isRoot,
  leftovers,
  ROOT_CACHE,
  removeTree,
  testHome,
  WARM_CACHE,
} from '../support/checkout.ts';
import {
  artifactsOf,
  type Boot,
  bootArtifact,
  digestsOnDisk,
  type Login,
  makeLogin,
} from '../support/images.ts';
import { must } from '../support/shell.ts';

/** Every way in which an artifact of the main job is started. */
const BOOTS: readonly Boot[] = [
  ['raw', 'uefi', 'virtio'],
  ['raw', 'bios', 'virtio'],
  ['vhd', 'uefi', 'virtio'],
  ['vhdx', 'uefi', 'virtio'],
  ['qcow2', 'uefi', 'virtio'],
  ['iso', 'bios', 'cdrom'],
  ['iso', 'uefi', 'cdrom'],
  ['iso', 'bios', 'virtio'],
  ['iso', 'uefi', 'virtio'],
];

let home: string;
let login: Login;
let user: Clone;

/** The checkout's own configuration with an account of this test: what the example tells a user to do. */
async function writeConfig(clone: Clone): Promise<void> {
  const text = `version: "1.0"\nname: trial\ninclude: [minimal.packages.yaml]\n${login.yaml}`;
  await writeFile(join(clone.dir, 'configs/trial.yaml'), text);
}

describe.runIf(isRoot())('the main job, from a fresh clone with an empty cache', () => {
  beforeAll(async () => {
    home = await testHome('main-job');
    login = await makeLogin(home);
    user = await cloneCheckout(join(home, 'user'), 'clone', 'user');
    await writeConfig(user);
    await must(['make', 'setup']);
  });

  afterAll(async () => {
    if (home === undefined) return;
    await removeTree(WARM_CACHE);
    await must(['mv', user.cache, WARM_CACHE]);
    await removeTree(home);
  });

  it('makes every image of configs/minimal.yaml as an ordinary user', async () => {
    await user.must(['make', 'image', 'CONFIG=configs/minimal.yaml']);
    const artifacts = await artifactsOf(user, 'minimal');
    expect(artifacts.map(({ format }) => format).sort()).toEqual([
      'iso',
      'qcow2',
      'raw',
      'tar.gz',
      'vhd',
      'vhdx',
    ]);
    const digests = await digestsOnDisk(user, 'minimal');
    for (const { name, sha256 } of artifacts) expect(digests[name], name).toBe(sha256);
    await user.must(['make', 'image', 'CONFIG=configs/trial.yaml']);
  });

  it('leaves nothing behind', async () => {
    expect(await leftovers(home)).toEqual([]);
    expect(await readdir(join(user.cache, 'tmp')).catch(() => [])).toEqual([]);
  });

  it.each(BOOTS)('boots the %s by %s from %s', async (format, firmware, bus) => {
    await bootArtifact(user, 'trial', login, [format, firmware, bus]);
  });

  it('gives root the same bytes from the imported action results', async () => {
    const root = await cloneCheckout(join(home, 'root'), 'clone', 'root');
    await writeConfig(root);
    await root.must(['make', 'setup']);
    await root.must(['toolkit/distrokit', 'cache', 'import', user.cache]);
    const result = await root.must(['make', 'image', 'CONFIG=configs/trial.yaml', 'JSON=y']);
    expect(builtPackages(result.stdout)).toEqual([]);
    expect(await digestsOnDisk(root, 'trial')).toEqual(await digestsOnDisk(user, 'trial'));
    await bootArtifact(root, 'trial', login, ['raw', 'uefi', 'virtio']);
    await bootArtifact(root, 'trial', login, ['iso', 'bios', 'cdrom']);
    await removeTree(ROOT_CACHE);
    await must(['mv', root.cache, ROOT_CACHE]);
    await removeTree(join(home, 'root'));
  });

  it('gives the same bytes when all but the kernel is built again, elsewhere and otherwise', async () => {
    const again = await cloneCheckout(join(home, 'again/some/deeper/folder'), 'other', 'root');
    await writeConfig(again);
    await again.must(['make', 'setup']);
    await again.must(['toolkit/distrokit', 'cache', 'import', user.cache, '--only', 'kernel']);
    const image = 'umask 077 && exec taskset -c 0 make image CONFIG=configs/trial.yaml JSON=y';
    const env = { TZ: 'Pacific/Kiritimati', LC_ALL: 'C', LANG: 'C' };
    const result = await again.must(['bash', '-c', image], { env });
    const built = builtPackages(result.stdout);
    expect(built).toContain('busybox');
    expect(built).not.toContain('kernel');
    expect(await digestsOnDisk(again, 'trial')).toEqual(await digestsOnDisk(user, 'trial'));
    await removeTree(join(home, 'again'));
  });

  it('does nothing when nothing has changed, and notices what has', async () => {
    const image = ['make', 'image', 'CONFIG=configs/trial.yaml', 'JSON=y'] as const;
    expect(madeTasks((await user.must(image)).stdout)).toEqual([]);

    const artifact = join(user.dir, 'images/trial', (await artifactsOf(user, 'trial'))[0]!.name);
    const before = await digestsOnDisk(user, 'trial');
    await must([
      'bash',
      '-c',
      'touch -r "$1" "$1.ref" && printf X | dd of="$1" bs=1 seek=4096 conv=notrunc status=none && touch -r "$1.ref" "$1" && rm "$1.ref"',
      'x',
      artifact,
    ]);
    expect(await digestsOnDisk(user, 'trial')).not.toEqual(before);
    await user.must(image);
    expect(await digestsOnDisk(user, 'trial')).toEqual(before);

    await must(['rm', artifact]);
    await user.must(image);
    expect(await digestsOnDisk(user, 'trial')).toEqual(before);
  });
});

/** Names of the packages that a run with JSON=y built. */
function builtPackages(stdout: string): string[] {
  return events(stdout)
    .filter(
      (event) => event.type === 'task.finished' && event.stage === 'packages' && event.outcome === 'made',
    )
    .map((event) => String(event.task))
    .sort();
}

/** All tasks that were really done. */
function madeTasks(stdout: string): string[] {
  return events(stdout)
    .filter((event) => event.type === 'task.finished' && event.outcome === 'made')
    .map((event) => `${event.stage}: ${event.task}`);
}

function events(stdout: string): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

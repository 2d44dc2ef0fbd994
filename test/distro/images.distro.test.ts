import { appendFile, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultCacheDir } from '../../toolkit/host/host.ts';
import { type Clone, cloneCheckout, removeTree } from '../support/checkout.ts';
import { bootArtifact, type Login, makeLogin } from '../support/images.ts';
import { must } from '../support/shell.ts';

/** Packages are taken from the cache that a user of this checkout has: the whole core takes an hour to build. */
const CACHE = defaultCacheDir();

const QUESTIONS = {
  state: 'systemctl is-system-running --wait',
  failed: 'systemctl --failed --no-legend --no-pager',
  packages: "rpm -qa --qf '%{NEVRA}\\n' | sort",
  changed: 'rpm -Va --nomtime || true',
  library: '! ls /usr/lib/x86_64-linux-gnu',
};

/**
 * What a running system differs in from its packages: files that the configuration and the accounts of packages
 * change, and the access list that systemd-tmpfiles gives the journal's folder, whose mask shows as its mode.
 * A line of `rpm -V` is its tests, an attribute and the path.
 */
const EXPECTED_CHANGES = [
  /^S\.5\.{6} {2}c \/etc\/(?:fstab|group|gshadow|passwd|shadow)$/,
  /^\.M\.{7} {4}\/var\/log\/journal$/,
];

describe('the core distribution', () => {
  let home: string;
  let clone: Clone;
  let login: Login;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'distro-'));
    clone = await cloneCheckout(join(home, 'work'), 'clone', 'root', CACHE);
    login = await makeLogin(home);
    await clone.must(['make', 'setup']);
  });

  afterAll(async () => {
    if (home !== undefined) await removeTree(home);
  });

  /** The configuration as it is, and who may log in. */
  async function makeImage(name: string): Promise<string> {
    const own = `${name}-login`;
    await must(['cp', `configs/${name}.yaml`, `configs/${own}.yaml`], { cwd: clone.dir });
    await appendFile(join(clone.dir, `configs/${own}.yaml`), `\n${login.yaml}`);
    await clone.must(['make', 'image', `CONFIG=configs/${own}.yaml`]);
    return own;
  }

  async function installed(): Promise<string[]> {
    const text = await readFile(join(clone.dir, 'out/04-image-packages.json'), 'utf8');
    return (JSON.parse(text) as { package: string }[]).map((entry) => entry.package).sort();
  }

  it.each([
    ['core-efi', 'uefi'],
    ['core-bios', 'bios'],
  ])('%s reaches its default target with no failed unit, and is what was built', async (name, firmware) => {
    const image = await makeImage(name);
    const packages = await installed();
    const [state, failed, said, changed] = await bootArtifact(
      clone,
      image,
      login,
      ['raw', firmware, 'virtio'],
      { commands: Object.values(QUESTIONS), timeoutS: 600 },
    );
    expect(failed).toBe('');
    expect(state).toBe('running');
    expect(said?.split('\n').toSorted()).toEqual(packages);
    const unexpected = (changed ?? '')
      .split('\n')
      .filter((line) => line !== '' && !EXPECTED_CHANGES.some((known) => known.test(line)));
    expect(unexpected).toEqual([]);
  });
});

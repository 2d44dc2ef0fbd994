import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clone, cloneCheckout, isRoot, removeTree, testHome, WARM_CACHE } from '../support/checkout.ts';
import { must } from '../support/shell.ts';

/** The main job's test builds the kernel once; it takes too long to be built twice in every run. */
describe.runIf(isRoot())('the kernel', () => {
  let home: string;

  beforeAll(async () => {
    home = await testHome('kernel');
  });

  afterAll(async () => {
    if (home !== undefined) await removeTree(home);
  });

  async function kernelDigests(clone: Clone, env: Readonly<Record<string, string>>): Promise<string> {
    await clone.must(['make', 'setup']);
    await clone.must(['make', 'packages', 'PACKAGES=kernel'], { env });
    const folder = join(clone.dir, 'out/RPMS/x86_64');
    const names = (await readdir(folder)).filter((name) => name.startsWith('kernel')).sort();
    expect(names.length).toBeGreaterThan(0);
    return (await must(['sha256sum', '--', ...names] as [string, ...string[]], { cwd: folder })).stdout;
  }

  it('has the same bytes when it is built again, with another cache, folder, time zone and -j', async () => {
    const first = await cloneCheckout(join(home, 'first'), 'clone', 'user', WARM_CACHE);
    const again = await cloneCheckout(join(home, 'again/deeper'), 'other', 'user');
    const expected = await kernelDigests(first, {});
    const other = { TZ: 'Pacific/Kiritimati', MAX_CPU: '3' };
    expect(await kernelDigests(again, other)).toBe(expected);
  });
});

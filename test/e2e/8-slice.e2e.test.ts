import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clone, isRoot, removeTree, testHome, warmClone } from '../support/checkout.ts';
import { tasksOf } from '../support/events.ts';
import { must } from '../support/shell.ts';

/**
 * One package of each kind that the distribution has; `make test-distro` builds them all. The kernel that the
 * module is built for is the main job's, from the warm cache.
 */
const KINDS = [
  ['autotools', 'popt'],
  ['meson', 'pkgconf'],
  ['noarch', 'netbase'],
  ['a kernel module', 'hello-module'],
] as const;

describe.runIf(isRoot())('a slice of the distribution', () => {
  let home: string;
  let clone: Clone;

  beforeAll(async () => {
    home = await testHome('slice');
    clone = await warmClone(home);
    await must(['cp', '-a', join(clone.dir, 'test/fixtures/specs/hello-module'), join(clone.dir, 'specs/')]);
  });

  afterAll(async () => {
    if (home !== undefined) await removeTree(home);
  });

  it.each(KINDS)('builds %s: %s', async (_kind, name) => {
    await clone.must(['make', 'packages', `PACKAGES=${name}`]);
    const log = await readFile(join(clone.dir, 'out/logs/packages', `${name}.log`), 'utf8').catch(() => '');
    if (log !== '') expect(log).toContain('Executing(%install)');
  });

  it('builds one with %check, which runs', async () => {
    // The warm cache may have it of an earlier run of this test.
    const again = ['PACKAGES=popt', 'RUN_CHECK=y', 'PACKAGE_REBUILD_LIST=popt', 'JSON=y'];
    const result = await clone.must(['make', 'packages', ...again]);
    expect(tasksOf(result.stdout, 'packages', 'made')).toEqual(['popt']);
    const log = await readFile(join(clone.dir, 'out/logs/packages/popt.log'), 'utf8');
    expect(log).toContain('Executing(%check)');
  });

  it('builds what a checked package needs no second time', async () => {
    const again = ['PACKAGES=hello-module', 'RUN_CHECK=y', 'PACKAGE_REBUILD_LIST=hello-module', 'JSON=y'];
    const result = await clone.must(['make', 'packages', ...again]);
    expect(tasksOf(result.stdout, 'packages', 'made')).toEqual(['hello-module']);
  });
});

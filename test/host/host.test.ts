import { describe, expect, it } from 'vitest';
import { defaultCacheDir } from '../../toolkit/host/host.ts';
import { missingHostTools, rootTools } from '../../toolkit/host/preflight.ts';

describe('defaultCacheDir', () => {
  it.each([
    [{ DISTROKIT_CACHE: '/c', XDG_CACHE_HOME: '/x', HOME: '/h' }, '/c'],
    [{ XDG_CACHE_HOME: '/x', HOME: '/h' }, '/x/distrokit'],
    [{ XDG_CACHE_HOME: 'relative', HOME: '/h' }, '/h/.cache/distrokit'],
    [{ DISTROKIT_CACHE: '', HOME: '/h' }, '/h/.cache/distrokit'],
  ])('of %j is %s', (env, path) => {
    expect(defaultCacheDir(env)).toBe(path);
  });
});

describe('missingHostTools', () => {
  it('finds programs, and files of which one is enough', async () => {
    const missing = await missingHostTools([
      { program: 'sh', debianPackage: 'dash' },
      { program: ['/no/such', '/etc/passwd'], debianPackage: 'a' },
      { program: ['/no/such'], debianPackage: 'b' },
      { program: 'no-such-program', debianPackage: 'c' },
    ]);
    expect(missing.map((tool) => tool.debianPackage)).toEqual(['b', 'c']);
  });

  it('asks users for newuidmap, and root not', () => {
    const packages = (isRoot: boolean) => rootTools('userns', isRoot).map((tool) => tool.debianPackage);
    expect(packages(false)).toContain('uidmap');
    expect(packages(true)).not.toContain('uidmap');
  });
});

import { describe, expect, it } from 'vitest';
import type { RpmArtifact } from '../../../toolkit/domain/package.ts';
import { planRepo, repoLocation } from '../../../toolkit/stages/packages-to-repo/index.ts';
import { rpmPackage } from '../../formats/support/package.ts';

function artifact(name: string, sha256 = name, arch = 'noarch', epoch = 0): RpmArtifact {
  const header = rpmPackage({ name, epoch, version: '1', release: '2', arch });
  return { path: `/store/${sha256}`, digest: { sha256, size: 1 }, header };
}

const packages = [artifact('zlib', 'z', 'x86_64'), artifact('base', 'b')];

describe('planRepo', () => {
  it('puts each package into the folder of its architecture, without its epoch', () => {
    expect(repoLocation(artifact('zlib', 'z', 'x86_64', 3))).toBe('x86_64/zlib-1-2.x86_64.rpm');
  });

  it('lists packages by location, whatever order they come in', () => {
    const plan = planRepo(packages, []);
    expect(plan.entries.map(({ location }) => location)).toEqual([
      'noarch/base-1-2.noarch.rpm',
      'x86_64/zlib-1-2.x86_64.rpm',
    ]);
    expect(planRepo(packages.toReversed(), [])).toEqual(plan);
  });

  it('removes what lies there and is not part of it', () => {
    const present = ['noarch/base-1-2.noarch.rpm', 'noarch/old-1-1.noarch.rpm', 'i686/x-1-1.i686.rpm'];
    expect(planRepo(packages, present).stale).toEqual(['i686/x-1-1.i686.rpm', 'noarch/old-1-1.noarch.rpm']);
  });

  it('has a key of its content alone', () => {
    const { key } = planRepo(packages, []);
    expect(planRepo(packages, ['noarch/old-1-1.noarch.rpm']).key).toBe(key);
    expect(planRepo([packages[0]!], []).key).not.toBe(key);
    expect(planRepo([packages[0]!, artifact('base', 'other')], []).key).not.toBe(key);
  });
});

import { describe, expect, it } from 'vitest';
import { type PackagePlanInput, planPackage } from '../../../toolkit/stages/srpms-to-packages/index.ts';

const libc = { file: 'libc-1-1.noarch.rpm', sha256: 'b'.repeat(64), source: 'libc' };
const input: PackagePlanInput = {
  name: 'hello',
  srpm: { file: 'hello-1-1.src.rpm', digest: { sha256: 'a'.repeat(64), size: 1 } },
  dependencies: [libc, { file: 'tool-1-1.noarch.rpm', sha256: 'c'.repeat(64), source: 'tool' }],
  rootKey: 'root',
  targetKey: { arch: 'x86_64', distTag: '.dk1' },
  runCheck: false,
};

describe('planPackage', () => {
  it.each<[what: string, change: Partial<PackagePlanInput>]>([
    ['the source RPM', { srpm: { ...input.srpm, digest: { sha256: 'd'.repeat(64), size: 1 } } }],
    ['a package of its root', { dependencies: [{ ...libc, sha256: 'd'.repeat(64) }] }],
    ['the worker', { rootKey: 'another' }],
    ['the target', { targetKey: { arch: 'x86_64', distTag: '.dk2' } }],
    ['whether %check runs', { runCheck: true }],
  ])('has another key when %s changes', (_what, change) => {
    expect(planPackage({ ...input, ...change }).actionKey).not.toBe(planPackage(input).actionKey);
  });

  it('has the same key whatever its files are called and in whichever order they are installed', () => {
    const dependencies = input.dependencies
      .toReversed()
      .map(({ sha256 }) => ({ file: 'x.rpm', sha256, source: 'x' }));
    const srpm = { ...input.srpm, file: 'other-name.src.rpm' };
    const plan = planPackage({ ...input, dependencies, srpm });
    expect(plan.actionKey).toBe(planPackage(input).actionKey);
    expect(plan.layerKey).toBe(planPackage(input).layerKey);
  });

  it('shares a build root among packages that need the same', () => {
    const other = planPackage({ ...input, name: 'other', runCheck: true });
    expect(other.layerKey).toBe(planPackage(input).layerKey);
  });
});

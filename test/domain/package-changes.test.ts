import { describe, expect, it } from 'vitest';
import type { RpmArtifact } from '../../toolkit/domain/package.ts';
import { formatReplacement, planPackageChanges, replacements } from '../../toolkit/domain/package-changes.ts';
import { rpmPackage } from '../formats/support/package.ts';

function rpm(name: string, version: string, release = '1', epoch = 0): RpmArtifact {
  const header = rpmPackage({ name, version, release, epoch });
  return { path: '', digest: { sha256: `${name}-${version}-${release}-${Math.random()}`, size: 1 }, header };
}

const [zlib, bash] = [rpm('zlib', '1.3'), rpm('bash', '5.2', '3', 1)];
const names = (all: readonly RpmArtifact[]) => all.map(({ header }) => header.name);

describe('planPackageChanges', () => {
  it.each([[[]], [['nano']], [['zlib']], [['zlib = 1.3']], [['zlib >= 1.2', 'bash = 1:5.2-3']]])(
    'leaves each at its version for %j',
    (packages) => {
      expect(planPackageChanges([zlib, bash], packages, [])).toEqual({
        ...{ staying: [zlib, bash], updated: [], isFixed: true },
        wanted: ['zlib = 1.3-1', 'bash = 1:5.2-3'],
      });
    },
  );

  it('gives up what is named with a version that it has not', () => {
    expect(planPackageChanges([zlib, bash], ['zlib = 1.2'], [])).toEqual({
      ...{ staying: [bash], updated: [], isFixed: false },
      wanted: ['bash >= 1:5.2-3'],
    });
    expect(planPackageChanges([zlib, bash], ['zlib > 1.3'], []).wanted).toEqual([
      ...['bash >= 1:5.2-3', 'zlib >= 1.3-1'],
    ]);
  });

  it('lets newer versions take the place of those that may be updated', () => {
    const some = planPackageChanges([zlib, bash], [], ['zlib']);
    expect([names(some.staying), names(some.updated)]).toEqual([['bash'], ['zlib']]);
    expect(some.wanted).toEqual(['zlib >= 1.3-1', 'bash >= 1:5.2-3']);
    expect(names(planPackageChanges([zlib, bash], [], 'all').updated)).toEqual(['zlib', 'bash']);
  });

  it('refuses an older version that is not named, and an update of what is not there', () => {
    const thrown = (code: string) => expect.objectContaining({ code });
    expect(() => planPackageChanges([zlib], ['zlib < 1.3'], [])).toThrow(thrown('IMAGE_DOWNGRADE'));
    expect(() => planPackageChanges([zlib], ['zlib <= 1.2'], [])).toThrow(thrown('IMAGE_DOWNGRADE'));
    expect(() => planPackageChanges([zlib], [], ['nano'])).toThrow(thrown('IMAGE_NOT_INSTALLED'));
  });
});

describe('replacements', () => {
  it('tells new packages from other versions, and takes one that was built again for the same', () => {
    const [newer, nano] = [rpm('zlib', '1.3.1'), rpm('nano', '8')];
    const { packages, replaced } = replacements([zlib, bash], [newer, rpm('bash', '5.2', '3', 1), nano]);
    expect(packages).toEqual([newer, nano]);
    expect(replaced.map(formatReplacement)).toEqual(['zlib 1.3-1 -> 1.3.1-1']);
  });
});

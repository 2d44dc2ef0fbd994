import { actionKey } from '../../domain/action-key.ts';
import type { RpmArtifact } from '../../domain/package.ts';
import { rpmFileName } from '../../domain/spec.ts';
import { byCodeUnit } from '../../domain/text.ts';
import type { RepoPlan } from './types.ts';

/** Raised when the same packages would give other metadata. */
const RECIPE = 'repository/1';

/** Where a package lies in our repositories: `ARCH/NAME-VERSION-RELEASE.ARCH.rpm`. */
export function repoLocation(artifact: RpmArtifact): string {
  return `${artifact.header.arch}/${rpmFileName(artifact.header)}`;
}

/**
 * Plans the folder of a repository: it holds these packages and no others. `present` are the locations of
 * the packages that lie there now.
 */
export function planRepo(packages: readonly RpmArtifact[], present: readonly string[]): RepoPlan {
  const byLocation = new Map(packages.map((artifact) => [repoLocation(artifact), artifact]));
  const entries = [...byLocation]
    .map(([location, artifact]) => ({ location, artifact }))
    .sort((a, b) => byCodeUnit(a.location, b.location));
  return {
    entries,
    stale: present.filter((location) => !byLocation.has(location)).sort(byCodeUnit),
    key: actionKey(
      RECIPE,
      entries.map(({ location, artifact }) => [location, artifact.digest.sha256]),
    ),
  };
}

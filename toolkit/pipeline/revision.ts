import type { RpmArtifact } from '../domain/package.ts';
import { formatRelation } from '../domain/relation.ts';
import type { ScannedPackage } from '../domain/spec.ts';

/** What a built package turned out to be, in the words of a scan: the truth that replaces the prediction. */
export function asScanned({ header }: RpmArtifact): ScannedPackage {
  const { name, epoch, version, release, arch } = header;
  return {
    ...{ name, epoch, version, release, arch },
    provides: header.provides.map(formatRelation),
    requires: header.requires.map(formatRelation).filter((text) => !text.startsWith('rpmlib(')),
    recommends: header.recommends.map(formatRelation),
    obsoletes: header.obsoletes.map(formatRelation),
    conflicts: header.conflicts.map(formatRelation),
    files: header.files.map(({ path }) => path),
  };
}

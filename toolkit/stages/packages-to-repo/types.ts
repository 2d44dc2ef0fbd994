import type { RpmArtifact } from '../../domain/package.ts';

/** A package and where it lies in a repository. */
export interface RepoEntry {
  readonly artifact: RpmArtifact;
  /** Relative to the repository's folder. */
  readonly location: string;
}

/** A file that a repository's folder must hold. */
export interface RepoFile {
  readonly location: string;
  readonly sha256: string;
}

export interface RepoPlan {
  /** All packages of the repository, sorted by location. */
  readonly entries: readonly RepoEntry[];
  /** Locations in the folder that are not part of it any more. */
  readonly stale: readonly string[];
  /** Digest of what the repository holds. */
  readonly key: string;
}

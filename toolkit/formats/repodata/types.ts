import type { FileDigest, Sha256 } from '../../domain/digest.ts';
import type { RpmPackage } from '../../domain/package.ts';

/** Kinds of relations of a package, in the order in which createrepo_c writes them. */
export const RELATION_KINDS = [
  'provides',
  'requires',
  'conflicts',
  'obsoletes',
  'suggests',
  'enhances',
  'recommends',
  'supplements',
] as const;

/** A package of a repository: what its header says, its file's digest, and where the file lies. */
export interface RepoPackage {
  readonly header: RpmPackage;
  readonly digest: FileDigest;
  /** Relative to the repository's root, with forward slashes. */
  readonly location: string;
}

/** One file of metadata that repomd.xml lists. */
export interface RepomdRecord {
  /** `primary`, `filelists`, `other`, `group`, `updateinfo`, ... */
  readonly type: string;
  /** Relative to the repository's root. */
  readonly location: string;
  readonly checksum: Checksum;
  /** Of what is inside, uncompressed; absent for a file that is not compressed. */
  readonly openChecksum?: Checksum;
  /** Bytes. */
  readonly size?: number;
  readonly openSize?: number;
  readonly timestamp?: number;
}

export interface Checksum {
  /** `sha256`, `sha512`, `sha`, ... */
  readonly type: string;
  /** Lower-case hexadecimal. */
  readonly value: string;
}

/** What repomd.xml says. */
export interface Repomd {
  readonly revision: string;
  readonly records: readonly RepomdRecord[];
}

/** A file of a repository's metadata, whole; `path` is relative to the repository's root. */
export interface RepodataFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly sha256: Sha256;
}

import type { FileDigest } from './digest.ts';
import type { Nevra } from './spec.ts';

/**
 * One relation of a package, in the parts that rpm-md stores. A rich dependency is one string in `name`
 * (`(a if b)`), without a range.
 */
export interface Relation {
  readonly name: string;
  readonly flags?: 'LT' | 'LE' | 'EQ' | 'GE' | 'GT';
  readonly epoch?: string;
  readonly version?: string;
  readonly release?: string;
  /** Requires(pre): must be there before the package's scriptlets. */
  readonly pre?: boolean;
}

export interface PackageFile {
  /** Path as bytes in latin1: rpm file names are bytes. */
  readonly path: string;
  readonly type: 'file' | 'dir' | 'ghost';
}

/** A binary or source RPM as its header describes it. */
export interface RpmPackage extends Nevra {
  readonly summary: string;
  readonly description: string;
  readonly url: string;
  readonly license: string;
  readonly vendor: string;
  readonly group: string;
  readonly buildHost: string;
  readonly packager: string;
  /** File name of the source RPM; empty for a source RPM itself. */
  readonly sourceRpm: string;
  /** Seconds since the epoch. */
  readonly buildTime: number;
  readonly isSource: boolean;
  /** Bytes of all files when installed. */
  readonly installedSize: number;
  /** Bytes of the uncompressed payload. */
  readonly archiveSize: number;
  /** Offsets of the main header in the file, as rpm-md's `header-range`. */
  readonly headerRange: { readonly start: number; readonly end: number };
  readonly provides: readonly Relation[];
  readonly requires: readonly Relation[];
  readonly conflicts: readonly Relation[];
  readonly obsoletes: readonly Relation[];
  readonly recommends: readonly Relation[];
  readonly suggests: readonly Relation[];
  readonly supplements: readonly Relation[];
  readonly enhances: readonly Relation[];
  readonly files: readonly PackageFile[];
  readonly changelogs: readonly { readonly author: string; readonly date: number; readonly text: string }[];
}

/** A built or fetched RPM file: where it lies, what its bytes are, what its header says. */
export interface RpmArtifact {
  readonly path: string;
  readonly digest: FileDigest;
  readonly header: RpmPackage;
}

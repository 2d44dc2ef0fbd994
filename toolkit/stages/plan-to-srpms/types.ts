import type { SrpmContents } from '../../domain/build-record.ts';
import type { FileDigest, Sha256 } from '../../domain/digest.ts';
import type { SpecScan } from '../../domain/spec.ts';
import type { Target } from '../../domain/target.ts';

/** A source or patch, by the content that it may have. */
export interface SrpmFile {
  /** Name in SOURCES. */
  readonly file: string;
  /** What is accepted, in order of preference. */
  readonly accepted: readonly Sha256[];
}

/** What decides the bytes of a source RPM. */
export interface SrpmPlan {
  readonly name: string;
  /** File name of the spec. */
  readonly specFile: string;
  readonly specDigest: Sha256;
  /** Sources and patches, sorted by name. */
  readonly files: readonly SrpmFile[];
  readonly actionKey: Sha256;
}

export interface SrpmPlanInput {
  readonly scan: SpecScan;
  readonly specDigest: Sha256;
  readonly files: readonly SrpmFile[];
  readonly rootKey: string;
  readonly target: Target;
}

/** A packed source RPM in the store. */
export interface Srpm {
  /** Name of the source package. */
  readonly name: string;
  /** `name-version-release.src.rpm` */
  readonly file: string;
  readonly digest: FileDigest;
  readonly contents: SrpmContents;
  readonly reused: boolean;
}

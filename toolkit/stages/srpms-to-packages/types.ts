import type { FileDigest, Sha256 } from '../../domain/digest.ts';
import type { RpmArtifact } from '../../domain/package.ts';

/** A package that has to be in a build root, by content. */
export interface BuildDependency {
  readonly file: string;
  readonly sha256: Sha256;
  /** Name of the source package that it was built of. */
  readonly source: string;
}

export interface PackagePlanInput {
  readonly name: string;
  readonly srpm: { readonly file: string; readonly digest: FileDigest };
  /** All packages that the BuildRequires bring in, in the order of installation. */
  readonly dependencies: readonly BuildDependency[];
  readonly rootKey: string;
  readonly targetKey: Readonly<Record<string, unknown>>;
  /** Whether %check is run too. */
  readonly runCheck: boolean;
}

/** What decides the bytes of the packages of one source RPM. */
export interface PackagePlan {
  readonly name: string;
  readonly srpm: { readonly file: string; readonly digest: FileDigest };
  readonly dependencies: readonly BuildDependency[];
  /** Key of the build root: the worker with the dependencies installed. */
  readonly layerKey: Sha256;
  readonly runCheck: boolean;
  readonly actionKey: Sha256;
}

export interface ErrorSummary {
  readonly message: string;
  /** The last lines of the log that tell what failed. */
  readonly lines: readonly string[];
}

/** How the build of one source RPM ended: data, because others go on. */
export type BuildOutcome =
  | {
      readonly kind: 'built';
      readonly name: string;
      readonly packages: readonly RpmArtifact[];
      /** Why it was built, in words. */
      readonly because: string;
      readonly durationMs: number;
    }
  | {
      readonly kind: 'reused';
      readonly name: string;
      readonly packages: readonly RpmArtifact[];
      readonly durationMs: number;
    }
  | {
      readonly kind: 'failed';
      readonly name: string;
      readonly log: string;
      readonly error: ErrorSummary;
      readonly durationMs: number;
    }
  | { readonly kind: 'skipped'; readonly name: string; readonly because: string };

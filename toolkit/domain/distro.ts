import type { Target } from './target.ts';

/** Files of a distribution's tree that rpm reads, and where in a root it looks for them. */
export interface DistroFiles {
  /** Globs, relative to the tree or absolute. Each has to match. */
  readonly from: readonly string[];
  /** Absolute path of the folder in the root. */
  readonly to: string;
}

/** A question that specs ask of an interpreter while they are parsed, and what it says. */
export interface KnownAnswer {
  /** Name of the program as specs call it, e.g. `perl`. */
  readonly program: string;
  /** Pattern of fnmatch(3) for its arguments, joined by blanks. */
  readonly question: string;
  /** What is printed, as it stands. */
  readonly answer: string;
}

/** How packages are built where that is not as their specs are read. */
export interface DistroBuild {
  /** The profile's target with the definitions of builds. */
  readonly target: Target;
  /** Put into the root after those that specs are read with, over them where the place is the same. */
  readonly files: readonly DistroFiles[];
  /** Build roots take libraries from the worker where it has them, and not from local specs first. */
  readonly librariesOfWorker: boolean;
}

/** A distribution: where its specs are, and what rpm has to know to read them. */
export interface DistroProfile {
  readonly name: string;
  readonly target: Target;
  readonly build: DistroBuild;
  /** Value of `$releasever` in .repo files. */
  readonly releasever: string;
  /** Base root that specs are parsed and built in: `chroot/WORKER.packages`. */
  readonly worker: string;
  /** Folders of specs, relative to the tree; each has a folder for each source package. */
  readonly specs: readonly string[];
  readonly files: readonly DistroFiles[];
  readonly answers: readonly KnownAnswer[];
  /**
   * Specs take each other's versions from %PREFIX_SPEC_version, _release and _epoch, SPEC being the name of
   * the spec file with `_` for `-`. Undefined where they do not.
   */
  readonly versionMacros: string | undefined;
  /** Capability to the name of the package that is to provide it. */
  readonly prefer: ReadonlyMap<string, string>;
  readonly prebuilt: {
    /** Names of packages that are taken from servers or the seed root although there is a spec. */
    readonly names: readonly string[];
    /** Files of the tree that list more of them, one RPM's file name a line. */
    readonly manifests: readonly string[];
  };
}

/** Name, epoch, version, release and architecture of a package. Epoch 0 and no epoch are one. */
export interface Nevra {
  readonly name: string;
  readonly epoch: number;
  readonly version: string;
  readonly release: string;
  readonly arch: string;
}

/** A source or patch of a spec. */
export interface SpecSource {
  /** As the spec writes it, macros expanded: a URL or a file name. */
  readonly url: string;
  /** Last part of the URL (or what follows `#/`): the file's name in SOURCES. */
  readonly file: string;
}

/** A binary package that building the spec makes. Dependencies are written as rpm writes them. */
export interface ScannedPackage extends Nevra {
  readonly provides: readonly string[];
  readonly requires: readonly string[];
  readonly recommends: readonly string[];
  readonly obsoletes: readonly string[];
  readonly conflicts: readonly string[];
  /** Paths and globs of %files as far as the spec states them. */
  readonly files: readonly string[];
}

/** What one parse of a spec by rpm tells. */
export interface SpecScan {
  /** Path of the spec file, relative to the specs folder. */
  readonly spec: string;
  readonly source: Nevra;
  readonly buildRequires: readonly string[];
  readonly packages: readonly ScannedPackage[];
  readonly exclusiveArch: readonly string[];
  readonly excludeArch: readonly string[];
  readonly sources: readonly SpecSource[];
  readonly patches: readonly SpecSource[];
  readonly hasCheck: boolean;
  readonly hasGenerateBuildRequires: boolean;
  readonly warnings: readonly string[];
}

/** A spec that rpm could not parse. */
export interface SpecScanFailure {
  readonly spec: string;
  readonly error: { readonly message: string; readonly file: string; readonly line: number | null };
}

export type SpecScanResult = SpecScan | SpecScanFailure;

/** Whether a scan failed. */
export function isScanFailure(result: SpecScanResult): result is SpecScanFailure {
  return 'error' in result;
}

/** `name-[epoch:]version-release.arch`, the epoch only where it is not 0. */
export function formatNevra(nevra: Nevra): string {
  const epoch = nevra.epoch === 0 ? '' : `${nevra.epoch}:`;
  return `${nevra.name}-${epoch}${nevra.version}-${nevra.release}.${nevra.arch}`;
}

/** File name of a package: `name-version-release.arch.rpm` (rpm leaves the epoch out). */
export function rpmFileName(nevra: Nevra): string {
  return `${nevra.name}-${nevra.version}-${nevra.release}.${nevra.arch}.rpm`;
}

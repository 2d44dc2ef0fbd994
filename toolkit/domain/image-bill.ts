import type { FileDigest, Sha256 } from './digest.ts';
import type { RpmPackage } from './package.ts';
import type { RootPackage } from './ports.ts';

/** Everything that an image was made of: what SBOM, provenance and lock are written from. */
export interface ImageBill {
  readonly name: string;
  readonly version: string;
  /** Seconds since the epoch: the image's own time. */
  readonly epoch: number;
  /** Name of the distribution profile. */
  readonly distro: string;
  readonly config: BilledConfig;
  /** The image that this one was changed from. */
  readonly base?: { readonly name: string; readonly sha256: Sha256 };
  /** Of the kernel, where the image has a disk. */
  readonly commandLine: string | undefined;
  /** Every installed package, sorted by NEVRA. */
  readonly packages: readonly BilledPackage[];
  /** What starts the image, sorted by file. */
  readonly bootPrograms: readonly BootProgram[];
  /** Source packages that were built for it, those that only builds need included; sorted by name. */
  readonly sources: readonly BilledSource[];
  readonly roots: readonly BilledRoot[];
  readonly builder: BilledBuilder;
}

export interface BilledConfig {
  /** Digest of the configuration with every default filled in and every file that it names. */
  readonly sha256: Sha256;
  /** The files that it was read from, the configuration first. */
  readonly files: readonly BilledConfigFile[];
  readonly formats: readonly string[];
}

export interface BilledConfigFile {
  readonly path: string;
  readonly sha256: Sha256;
  /** There: the digest is of what it says in our own form, without the secrets that it has as they are. */
  readonly withoutSecrets?: true;
}

export interface BilledPackage {
  readonly nevra: string;
  /** File name of the RPM. */
  readonly file: string;
  /** Undefined for one that came with the image that was changed, of which nobody has the RPM. */
  readonly digest: FileDigest | undefined;
  readonly header: RpmPackage;
  /** NEVRAs of the installed packages that meet its requires, sorted. */
  readonly needs: readonly string[];
  /** The source package's RPM, where it was built here. */
  readonly sourceDigest: FileDigest | undefined;
}

/** A source package as it was packed, with the digests of all that is in it. */
export interface BilledSource {
  readonly name: string;
  /** `name-version-release.src.rpm` */
  readonly file: string;
  readonly digest: FileDigest;
  /** The spec first, then sources and patches by name. */
  readonly files: readonly {
    readonly name: string;
    readonly sha256: Sha256;
    /** As the spec writes it, where that is a URL. */
    readonly url: string | undefined;
  }[];
  /** Names of the source packages whose packages its build waited for, sorted. */
  readonly needs: readonly string[];
}

/** A root that something was made in. */
export interface BilledRoot {
  readonly name: string;
  readonly key: string;
  readonly packages: readonly RootPackage[];
}

/** A program that runs before the kernel, or is a part of one that does. */
export interface BootProgram {
  /** Path in the image's package, or in the tools root. */
  readonly file: string;
  /** What it is for, in words. */
  readonly use: string;
  readonly from:
    | { readonly kind: 'package'; readonly nevra: string }
    | { readonly kind: 'root'; readonly package: DebianPackage; readonly license: string };
}

/** A Debian package and the source that it was built of. */
export interface DebianPackage extends RootPackage {
  readonly source: { readonly name: string; readonly version: string };
  readonly homepage: string;
}

export interface BilledBuilder {
  /** Version of distrokit. */
  readonly version: string;
  /** Digest of Node and of the toolkit's files that made it. */
  readonly program: Sha256;
}

/** One thing in which two packages that should be the same are not. */
export interface PackageDifference {
  /** `tag`: the header; `file`: a file of the package; `payload`: how the files are packed. */
  readonly what: 'tag' | 'file' | 'payload';
  /** rpm's name of the tag, or the path of the file. */
  readonly name: string;
  /** Where inside the file: `crt1.o > .rodata`; empty for the file itself. */
  readonly member: string;
  /** How the two differ, in one line: the first, a slash, the second. */
  readonly detail: string;
}

/** A binary package in two builds. */
export interface ComparedPackage {
  /** `name-version-release.arch` */
  readonly nevra: string;
  /** Name of the binary package. */
  readonly name: string;
  readonly identical: boolean;
  /** Empty when it is identical. */
  readonly differences: readonly PackageDifference[];
}

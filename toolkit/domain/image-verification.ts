/** What verifying an image gave. */
export interface ImageVerification {
  readonly name: string;
  readonly identical: boolean;
  /** Artifacts and documents of both images, sorted by name. */
  readonly files: readonly { readonly name: string; readonly identical: boolean }[];
  readonly differences: readonly ImagePlace[];
  /** What was otherwise in the second image. */
  readonly varied: readonly string[];
  /** Where the second image is, when something differs. */
  readonly second: string | undefined;
}

/** One thing in which two images that should be the same are not. */
export interface ImagePlace {
  /** `root file system`, `partition esp`, `partition table`, or the name of an artifact. */
  readonly where: string;
  /** Path of the file, or what of the format it is: `inode 12`, `footer`; empty where nothing tells. */
  readonly what: string;
  /** Where inside: `data.o > .rodata`, `field mtime`; empty for the whole. */
  readonly member: string;
  /** How the two differ, in one line: the first, a slash, the second. */
  readonly detail: string;
  /** What it came from: a package and its scripts, the configuration; empty where nothing tells. */
  readonly from: string;
}

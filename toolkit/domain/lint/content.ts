import type { ElfFile } from '../elf.ts';
import type { SrpmId } from '../graph.ts';
import type { RpmPackage } from '../package.ts';

/** A file of a package, as its header describes it. */
export interface PackagedFile {
  /** Absolute; bytes that are not UTF-8 as U+FFFD. */
  readonly path: string;
  readonly isUtf8: boolean;
  readonly type: 'file' | 'folder' | 'link' | 'other';
  /** The whole `st_mode`. */
  readonly mode: number;
  readonly user: string;
  readonly group: string;
  /** Digest of the content, of a link its target: what two packages must agree on. */
  readonly content: string;
  readonly linkTo: string;
  /** Bytes. */
  readonly size: number;
  /** The same for the hard links of one file; undefined for a file with one name. */
  readonly hardLink: string | undefined;
  readonly isConfig: boolean;
  /** Marked by %doc or %license, or below the folders of documentation. */
  readonly isDoc: boolean;
  readonly isLicense: boolean;
  readonly isGhost: boolean;
  readonly caps: string;
}

/** What the bytes of a file tell; of files that tell nothing there is none. */
export interface FileContent {
  readonly elf?: ElfFile;
  /** Why it is no ELF file, although it begins like one. */
  readonly elfProblem?: string;
  /** Whether it begins with `#!`. */
  readonly isScript?: boolean;
  /** Names of folders of builds that it holds. */
  readonly mentions?: readonly BuildFolder[];
}

/** `build`: where packages are built; `seed`: the library folder of the worker's Debian. */
export type BuildFolder = 'build' | 'seed';

/** A package as far as its headers tell. */
export interface LintedHeader {
  /** Undefined for an RPM that was given as a file. */
  readonly spec: SrpmId | undefined;
  readonly package: RpmPackage;
  readonly files: readonly PackagedFile[];
}

/** A package with what was found in its files, by path. */
export interface LintedPackage extends LintedHeader {
  readonly contents: ReadonlyMap<string, FileContent>;
}

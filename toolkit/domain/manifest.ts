import type { Sha256 } from './digest.ts';
import type { DataRun } from './zero-runs.ts';

/** Kind of a file-system object. */
export type EntryType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'char' | 'block' | 'fifo' | 'socket';

/** An extended attribute; its name has its name space before it. */
export interface Xattr {
  readonly name: string;
  readonly value: Uint8Array;
}

/** Which device it is that a file stands for. */
export interface DeviceNumbers {
  readonly major: number;
  readonly minor: number;
}

/**
 * One object of a root file system. Everything a file-system writer may store comes from here, nothing
 * from the host's disk. `path`, link targets and xattr values are bytes.
 */
export interface ManifestEntry {
  /** Path without a leading slash; the root directory is the empty path. */
  readonly path: Uint8Array;
  readonly type: EntryType;
  /** Permission bits with setuid, setgid and sticky (0o7777). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since the epoch. */
  readonly mtime: number;
  /** Bytes; 0 unless a file. */
  readonly size: number;
  /** Content of a file. */
  readonly sha256?: Sha256;
  /** Of a file with holes, where it has something else than zeros: ascending, apart. */
  readonly data?: readonly DataRun[];
  /** Target of a symlink, or the path (as `path`) of the first name of a hard link. */
  readonly target?: Uint8Array;
  readonly device?: DeviceNumbers;
  /** Sorted by name. */
  readonly xattrs: readonly Xattr[];
}

/** Fills `target` with what a file has from `from` on; there are as many bytes. */
export type ReadContent = (entry: ManifestEntry, from: number, target: Uint8Array) => Promise<void> | void;

/** A whole tree, sorted by the bytes of `path`: a directory comes before what is in it. */
export interface Manifest {
  readonly entries: readonly ManifestEntry[];
}

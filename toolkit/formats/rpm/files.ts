import type { DeviceNumbers } from '../../domain/manifest.ts';
import { invalidHeader, type RpmHeader } from './header.ts';
import { TAG } from './tags.ts';

/** A file of a package as its header describes it; what the payload and the disk may not keep. */
export interface RpmFile {
  /** Bytes of the absolute path; of a source RPM only the file's name. */
  readonly path: Uint8Array;
  /** The whole `st_mode`, type bits too. */
  readonly mode: number;
  /** Owner's and group's names. */
  readonly user: string;
  readonly group: string;
  /** Device numbers of a character or block device; rpm keeps 8 bits of each. */
  readonly device: DeviceNumbers;
  /** Seconds since the epoch. */
  readonly mtime: number;
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal digest of the content; empty unless a regular file. */
  readonly digest: string;
  /** Number of the digest's algorithm in OpenPGP: 1 MD5, 8 SHA-256. */
  readonly digestAlgorithm: number;
  /** Target of a symbolic link; empty otherwise. */
  readonly linkTo: Uint8Array;
  /** rpm's file flags, e.g. %config (1), %doc (2), %ghost (64). */
  readonly flags: number;
  /** Capabilities as text (`cap_net_raw=ep`); empty for none. */
  readonly caps: string;
  /** Files of one package with the same inode (above 0) and device are hard links of each other. */
  readonly inode: number;
  readonly deviceNumber: number;
}

/** Linux's PATH_MAX: a longer path cannot be installed. */
const MAX_PATH = 4096;

/** Paths of a header's files, as bytes, in its order (rpm sorts them). Throws `RPM_INVALID`. */
export function readPaths(header: RpmHeader): Buffer[] {
  if (header.has(TAG.oldFileNames)) {
    return header.byteStrings(TAG.oldFileNames);
  }
  const names = header.byteStrings(TAG.baseNames);
  const folders = header.byteStrings(TAG.dirNames);
  const indexes = header.integers(TAG.dirIndexes);
  if (indexes.length !== names.length) {
    throw invalidHeader(`${names.length} file names with ${indexes.length} folders`);
  }
  return names.map((name, index) => {
    const folder = folders[indexes[index] ?? -1];
    if (folder === undefined) {
      throw invalidHeader(`file ${index} is in folder ${indexes[index]} of ${folders.length}`);
    }
    if (folder.length + name.length > MAX_PATH) {
      throw invalidHeader(`the path of file ${index} is longer than ${MAX_PATH} bytes`);
    }
    return Buffer.concat([folder, name]);
  });
}

/** Everything the header says about each file, in its order. Throws `RPM_INVALID`. */
export function readFiles(header: RpmHeader): RpmFile[] {
  const paths = readPaths(header);
  const column = <T>(what: string, values: readonly T[], fallback?: T): ((index: number) => T) => {
    if (values.length === 0 && fallback !== undefined) {
      return () => fallback;
    }
    if (values.length !== paths.length) {
      throw invalidHeader(`${paths.length} files with ${values.length} ${what}`);
    }
    return (index) => values[index] as T;
  };
  const mode = column('modes', header.integers(TAG.fileModes));
  const user = column('users', header.strings(TAG.fileUserName));
  const group = column('groups', header.strings(TAG.fileGroupName));
  const rdev = column('device numbers', header.integers(TAG.fileRdevs), 0);
  const mtime = column('times', header.integers(TAG.fileMtimes));
  const size = column('sizes', readSizes(header));
  const digest = column('digests', header.strings(TAG.fileDigests), '');
  const linkTo = column('link targets', header.byteStrings(TAG.fileLinkTos), Buffer.alloc(0));
  const flags = column('flags', header.integers(TAG.fileFlags), 0);
  const caps = column('capabilities', header.strings(TAG.fileCaps), '');
  const inode = column('inodes', header.integers(TAG.fileInodes), 0);
  const deviceNumber = column('devices', header.integers(TAG.fileDevices), 0);
  const digestAlgorithm = header.integer(TAG.fileDigestAlgo) ?? 1;
  return paths.map((path, index) => ({
    path,
    mode: mode(index),
    user: user(index),
    group: group(index),
    device: { major: (rdev(index) >> 8) & 0xff, minor: rdev(index) & 0xff },
    mtime: mtime(index),
    size: size(index),
    digest: digest(index),
    digestAlgorithm,
    linkTo: linkTo(index),
    flags: flags(index),
    caps: caps(index),
    inode: inode(index),
    deviceNumber: deviceNumber(index),
  }));
}

/** rpm writes 64-bit sizes only where one of them needs it. */
function readSizes(header: RpmHeader): number[] {
  return header.integers(header.has(TAG.longFileSizes) ? TAG.longFileSizes : TAG.fileSizes);
}

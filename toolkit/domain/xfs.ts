const MIB = 1024 ** 2;

/** Bytes that an XFS has at least: mkfs.xfs makes no smaller ones. */
export const LEAST_XFS = 300 * MIB;

/** Bytes of its label. */
export const XFS_LABEL = 12;

/** What of each allocation group is kept for trees that may still grow: Linux sets as much aside when it mounts. */
export const XFS_RESERVE = 0.021;

const LEAST_LOG = 64 * MIB;
const LOG_SHARE = 1 / 2048;
/** Headers of four groups. */
const HEADERS = 2 * MIB;
const INODE = 512;
/** Of a name in a folder, beside what is counted of any file system. */
const NAME = 32;

/** Bytes of an XFS that has room for as many bytes in whole blocks, and for that many files. */
export function xfsBytes(blocks: number, files: number): number {
  const content = blocks + files * (INODE + NAME) + HEADERS;
  const withLeastLog = (content + LEAST_LOG) / (1 - XFS_RESERVE);
  return Math.max(LEAST_XFS, Math.ceil(Math.max(withLeastLog, content / (1 - XFS_RESERVE - LOG_SHARE))));
}

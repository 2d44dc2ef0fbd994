import { BLOCK_SIZE, blockPadding, encodeUstar, USTAR_LIMITS } from './ustar.ts';

/** The most that an ordinary file of an archive without extensions may hold: 8 GiB - 1. */
export const MAX_FILE_SIZE = USTAR_LIMITS.size;
/** What ends an archive. */
export const ARCHIVE_END = 2 * BLOCK_SIZE;

/** Header of an ordinary file of root, mode 0644. The name has at most 100 bytes; `mtime` is in seconds. */
export function encodeFileHeader(name: string, size: number, mtime: number): Buffer {
  return encodeUstar({
    name: Buffer.from(name),
    prefix: Buffer.alloc(0),
    mode: 0o644,
    ...{ uid: 0, gid: 0, size, mtime },
    type: '0',
    linkName: Buffer.alloc(0),
    device: { major: 0, minor: 0 },
  });
}

/** Such a file, whole: header, content, and zeros up to the next block. */
export function encodeFile(name: string, content: Uint8Array, mtime: number): Buffer {
  return Buffer.concat([
    encodeFileHeader(name, content.length, mtime),
    content,
    Buffer.alloc(blockPadding(content.length)),
  ]);
}

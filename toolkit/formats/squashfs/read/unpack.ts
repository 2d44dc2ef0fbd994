import { inflateSync, zstdDecompressSync } from 'node:zlib';
import { damaged, unsupported } from './errors.ts';

/** Unpacks a block of at most `most` bytes; `what` is said of one that is damaged. */
export type Unpack = (packed: Uint8Array, most: number, what: string) => Buffer;

const NAMES: Readonly<Record<number, string>> = { 2: 'lzma', 3: 'lzo', 4: 'xz', 5: 'lz4' };

/** How a file system is unpacked whose superblock names a compressor. Throws `SQUASHFS_UNSUPPORTED` with its name. */
export function unpackerOf(compressor: number): Unpack {
  const unpack = compressor === 1 ? inflateSync : compressor === 6 ? zstdDecompressSync : undefined;
  if (unpack === undefined) {
    throw unsupported(`it is compressed by ${NAMES[compressor] ?? compressor}, which is not read`);
  }
  return (packed, most, what) => {
    try {
      return unpack(packed, { maxOutputLength: most });
    } catch (cause) {
      throw damaged(`${what} does not unpack`, cause);
    }
  };
}

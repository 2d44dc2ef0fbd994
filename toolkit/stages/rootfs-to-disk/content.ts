import { closeSync, openSync, readSync } from 'node:fs';
import type { FileDigest } from '../../domain/digest.ts';
import { buildError } from '../../domain/errors.ts';
import type { ManifestEntry } from '../../domain/manifest.ts';
import type { ReadContent } from '../../formats/ext4/index.ts';
import { tarContents } from '../../formats/tar/index.ts';

/** What is read at once for the small files that lie in it. */
const WINDOW = 1 << 20;

/** Contents of files out of the rootfs's tar; disposing it closes the file. */
export interface TarReader extends Disposable {
  readonly read: ReadContent;
}

/**
 * Opens the tar of a rootfs, at `path`. Nothing is unpacked: the manifest tells where everything is. Throws
 * `ROOTFS_TAR` for a tar that is not of this manifest.
 */
export function openTar(path: string, tar: FileDigest, entries: readonly ManifestEntry[]): TarReader {
  const { offsets, size } = tarContents(entries, 'both');
  if (size !== tar.size) {
    throw buildError('ROOTFS_TAR', `rootfs.tar has ${tar.size} bytes where its manifest says ${size}`, {
      hint: 'Compose the image again: change its configuration, or remove the cache.',
    });
  }
  const file = openSync(path, 'r');
  const window = Buffer.allocUnsafe(WINDOW);
  let start = 0;
  let end = 0;
  const read = (entry: ManifestEntry, from: number, target: Uint8Array) => {
    const begin = offsets.get(entry);
    if (begin === undefined) throw new Error('an entry is asked for that is not of the manifest');
    const at = begin + from;
    if (at < start || at + target.length > end) {
      if (target.length >= WINDOW / 4) {
        readExactly(file, at, target);
        return;
      }
      start = at;
      end = at + readSync(file, window, 0, WINDOW, at);
    }
    target.set(window.subarray(at - start, at - start + target.length));
  };
  return { read, [Symbol.dispose]: () => closeSync(file) };
}

function readExactly(file: number, from: number, target: Uint8Array): void {
  for (let at = 0; at < target.length; ) {
    const length = readSync(file, target, at, target.length - at, from + at);
    if (length === 0) throw new Error('rootfs.tar is shorter than it was');
    at += length;
  }
}

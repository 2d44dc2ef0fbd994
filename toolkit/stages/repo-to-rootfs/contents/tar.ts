import type { FileDigest } from '../../../domain/digest.ts';
import { buildError } from '../../../domain/errors.ts';
import type { ContentReader } from '../../../domain/image-rootfs.ts';
import type { ManifestEntry } from '../../../domain/manifest.ts';
import { tarContents } from '../../../formats/tar/index.ts';
import { openParts } from './parts.ts';

/** Opens the tar of a rootfs, at `path`. Nothing is unpacked: the manifest tells where everything is. */
export function openTar(path: string, tar: FileDigest, entries: readonly ManifestEntry[]): ContentReader {
  const { offsets, size } = tarContents(entries, 'both');
  if (size !== tar.size) {
    throw buildError('ROOTFS_CONTENTS', `rootfs.tar has ${tar.size} bytes where its manifest says ${size}`, {
      hint: 'Compose the image again: change its configuration, or remove the cache.',
    });
  }
  const file = openParts(path);
  const read = (entry: ManifestEntry, from: number, target: Uint8Array) => {
    const begin = offsets.get(entry);
    if (begin === undefined) throw new Error('an entry is asked for that is not of the manifest');
    file.read(begin + from, target);
  };
  return { read, [Symbol.dispose]: () => file[Symbol.dispose]() };
}

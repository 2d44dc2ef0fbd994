import type { ManifestEntry, ReadContent } from '../../domain/manifest.ts';
import { ARCHIVE_END } from './file.ts';
import { type TarPartOptions, tarParts } from './write.ts';

const BUFFER = 4 << 20;

/**
 * The archive of `writeTar` in pieces of 4 MiB, without holes where `sparse` says so. A piece is good until the next but
 * one is asked for: two buffers take turns, so that one can be written while the other is filled. Throws what `tarParts`
 * and `read` throw.
 */
export async function* packTar(
  entries: Iterable<ManifestEntry>,
  read: ReadContent,
  options: TarPartOptions = {},
): AsyncGenerator<Uint8Array> {
  let buffer = Buffer.allocUnsafeSlow(BUFFER);
  let other = Buffer.allocUnsafeSlow(BUFFER);
  let used = 0;
  const full = (): Uint8Array => {
    const bytes = buffer.subarray(0, used);
    [buffer, other] = [other, buffer];
    used = 0;
    return bytes;
  };
  for (const { entry, header, runs, padding } of tarParts(entries, options)) {
    for (let at = 0; at < header.length; ) {
      if (used === BUFFER) yield full();
      const count = header.copy(buffer, used, at, Math.min(header.length, at + BUFFER - used));
      used += count;
      at += count;
    }
    for (const { offset, length } of runs) {
      for (let at = 0; at < length; ) {
        if (used === BUFFER) yield full();
        const count = Math.min(length - at, BUFFER - used);
        const done = read(entry, offset + at, buffer.subarray(used, used + count));
        if (done !== undefined) await done;
        used += count;
        at += count;
      }
    }
    // Everything in an archive comes in whole blocks, as the buffer does: the padding fits.
    buffer.fill(0, used, used + padding);
    used += padding;
  }
  if (used > 0) yield full();
  yield Buffer.alloc(ARCHIVE_END);
}

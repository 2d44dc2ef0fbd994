import { contentSizeError } from '../domain/content-size.ts';
import type { ManifestEntry } from '../domain/manifest.ts';

/** Opens a file's content: exactly `entry.size` bytes. */
export type OpenContent = (entry: ManifestEntry) => AsyncIterable<Uint8Array>;

/**
 * Passes content on as long as it is as long as its entry says. Throws `CONTENT_SIZE` otherwise: an archive
 * whose headers and contents disagree is unreadable from there on.
 */
export async function* exactContent(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  entry: ManifestEntry,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > entry.size) {
      break;
    }
    yield chunk;
  }
  if (size !== entry.size) throw contentSizeError(entry, size);
}

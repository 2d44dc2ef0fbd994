import { buildError } from '../../domain/errors.ts';
import type { ManifestEntry } from '../../domain/manifest.ts';
import type { DataRun } from '../../domain/zero-runs.ts';
import { exactContent, type OpenContent } from '../content.ts';
import { encodeTarHeader } from './entry.ts';
import { ARCHIVE_END } from './file.ts';
import type { XattrRecords } from './pax.ts';
import { sparseFile } from './sparse.ts';
import { blockPadding } from './ustar.ts';

export interface TarOptions {
  readonly xattrs?: XattrRecords;
}

export interface TarPartOptions extends TarOptions {
  /** Leaves holes out of files that have large ones, with a map of them: GNU tar, libarchive, Go and Python read it. */
  readonly sparse?: boolean;
}

/** What stands in an archive before an entry's content, what of the content is in it, and how many zeros after it. */
export interface TarPart {
  readonly entry: ManifestEntry;
  readonly header: Buffer;
  readonly runs: readonly DataRun[];
  readonly padding: number;
}

const DIRECTORY_END = Buffer.from('/');

/**
 * A PAX archive of a manifest: the same entries give the same bytes. Entries must be sorted by the bytes of
 * their paths and differ (`TAR_ORDER`), hard links must name a file before them (`TAR_LINK`), content must be
 * as long as its entry says (`CONTENT_SIZE`), and there is no socket in a tar (`TAR_ENTRY`).
 * Source: POSIX.1-2017, pax; docs/formats/tar.md.
 */
export async function* writeTar(
  entries: Iterable<ManifestEntry>,
  openContent: OpenContent,
  options: TarPartOptions = {},
): AsyncGenerator<Uint8Array> {
  for (const { entry, header, runs, padding } of tarParts(entries, options)) {
    yield header;
    if (entry.type === 'file' && entry.size > 0) yield* inRuns(exactContent(openContent(entry), entry), runs);
    if (padding > 0) yield Buffer.alloc(padding);
  }
  yield Buffer.alloc(ARCHIVE_END);
}

/** What of a stream lies in runs of it, which ascend. */
async function* inRuns(
  content: AsyncIterable<Uint8Array>,
  runs: readonly DataRun[],
): AsyncGenerator<Uint8Array> {
  let start = 0;
  let next = 0;
  for await (const piece of content) {
    const end = start + piece.length;
    for (; next < runs.length && runs[next]!.offset < end; next += 1) {
      const { offset, length } = runs[next]!;
      yield piece.subarray(Math.max(offset - start, 0), Math.min(offset + length, end) - start);
      if (offset + length > end) break;
    }
    start = end;
  }
}

/** The archive of `writeTar` without contents, for who copies them himself; `ARCHIVE_END` zeros end it. */
export function* tarParts(
  entries: Iterable<ManifestEntry>,
  options: TarPartOptions = {},
): Generator<TarPart> {
  const files = new Set<string>();
  let previous: Buffer | undefined;
  for (const entry of entries) {
    const path = Buffer.from(entry.path);
    if (previous !== undefined && Buffer.compare(previous, path) >= 0) {
      throw buildError('TAR_ORDER', `${previous.toString()} stands before ${path.toString()}.`);
    }
    previous = path;
    if (entry.type === 'file') {
      files.add(path.toString('latin1'));
    } else if (entry.type === 'hardlink' && !files.has(Buffer.from(entry.target ?? []).toString('latin1'))) {
      throw buildError('TAR_LINK', `${path.toString()} is a hard link to no file before it.`);
    }
    const sparse = options.sparse === true ? sparseFile(entry) : undefined;
    const header = encodeTarHeader(entry, tarPath(entry, path), options.xattrs ?? 'libarchive', sparse);
    const size = entry.type === 'file' ? entry.size : 0;
    const runs = sparse?.runs ?? (size === 0 ? [] : [{ offset: 0, length: size }]);
    yield { entry, header, runs, padding: blockPadding(sparse?.stored ?? size) };
  }
}

/** The root is `./`; everything else has neither a leading `/` nor `./`. Directories end with a slash. */
export function tarPath(entry: ManifestEntry, path: Buffer): Buffer {
  if (path.length === 0) {
    return Buffer.from('./');
  }
  return entry.type === 'directory' ? Buffer.concat([path, DIRECTORY_END]) : path;
}

import type { ManifestEntry } from '../../../toolkit/domain/manifest.ts';
import { sha256 } from './bytes.ts';

type Parts = Partial<Omit<ManifestEntry, 'path' | 'target'>> & {
  readonly target?: string | Uint8Array;
  readonly content?: string | Uint8Array;
};

const contents = new WeakMap<ManifestEntry, Uint8Array>();

/** A manifest entry with defaults; a file has the content given. Strings are latin1 bytes. */
export function entry(
  path: string | Uint8Array,
  type: ManifestEntry['type'],
  parts: Parts = {},
): ManifestEntry {
  const { content, target, ...rest } = parts;
  const bytes = toBytes(content ?? '');
  const made: ManifestEntry = {
    path: toBytes(path),
    type,
    mode: type === 'directory' ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    mtime: 1_700_000_000,
    size: type === 'file' ? bytes.length : 0,
    xattrs: [],
    ...(type === 'file' ? { sha256: sha256(bytes) } : {}),
    ...(target === undefined ? {} : { target: toBytes(target) }),
    ...rest,
  };
  contents.set(made, bytes);
  return made;
}

/** The content that `entry` was made with. */
export async function* contentOf(made: ManifestEntry): AsyncGenerator<Uint8Array> {
  yield contents.get(made) ?? new Uint8Array();
}

/** Sorted as writers want it. */
export function sorted(...entries: ManifestEntry[]): ManifestEntry[] {
  return entries.sort((a, b) => Buffer.compare(a.path, b.path));
}

function toBytes(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
}

const ROOT = entry('', 'directory');

/** Entries that are no tree, whatever the file system is; rows of a table. */
export const NO_TREES: readonly [ManifestEntry[]][] = [
  [[entry('a', 'file')]],
  [[ROOT, entry('a', 'file'), entry('a', 'directory')]],
  [[ROOT, entry('a/b', 'file')]],
  [[ROOT, entry('a', 'file'), entry('a/b', 'file')]],
  [[ROOT, entry('a', 'hardlink', { target: 'b' })]],
  [[ROOT, entry('..', 'file')]],
  [[ROOT, entry('a'.repeat(256), 'file')]],
];

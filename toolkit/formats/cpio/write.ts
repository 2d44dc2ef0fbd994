import { buildError } from '../../domain/errors.ts';
import type { ManifestEntry } from '../../domain/manifest.ts';
import { roundUp } from '../../domain/round.ts';
import { exactContent, type OpenContent } from '../content.ts';
import { align, encodeHeader, MAX_FIELD, MODE_TYPES, TRAILER } from './header.ts';

/** GNU cpio's block; some readers want whole ones. */
const BLOCK = 512;

interface Group {
  readonly first: ManifestEntry;
  readonly inode: number;
  readonly links: number;
  /** Path, as latin1, of the last name: it carries the content. */
  readonly last: string;
}

/**
 * A cpio archive in the newc format, as an initramfs is. The same entries give the same bytes: inodes count
 * from 1, devices are 0. Of hard links the last one carries the content, as GNU cpio and the kernel expect.
 * Entries must be sorted by the bytes of their paths and differ (`CPIO_ORDER`), hard links must name a file
 * before them (`CPIO_LINK`), numbers must fit 32 bits (`CPIO_ENTRY`), content must be as long as its entry
 * says (`CONTENT_SIZE`). Extended attributes have no place in it and are refused (`CPIO_ENTRY`).
 * Source: cpio(5); docs/formats/cpio.md.
 */
export async function* writeCpio(
  entries: readonly ManifestEntry[],
  openContent: OpenContent,
): AsyncGenerator<Uint8Array> {
  const groups = groupByInode(entries);
  let size = 0;
  for (const entry of entries) {
    const path = key(entry.path);
    const group = groups.get(path)!;
    const source = contentSource(entry, group, path);
    const header = encodeEntry(entry, group, source);
    size += header.length;
    yield header;
    if (source === undefined) {
      continue;
    }
    size += align(source.size);
    yield* source.type === 'symlink'
      ? padded([source.target ?? Buffer.alloc(0)], source)
      : padded(openContent(source), source);
  }
  const trailer = encodeHeader({ ...ZERO, links: 1 }, Buffer.from(TRAILER));
  const end = size + trailer.length;
  yield Buffer.concat([trailer, Buffer.alloc(roundUp(end, BLOCK) - end)]);
}

const ZERO = {
  inode: 0,
  mode: 0,
  uid: 0,
  gid: 0,
  links: 0,
  mtime: 0,
  size: 0,
  deviceMajor: 0,
  deviceMinor: 0,
  specialMajor: 0,
  specialMinor: 0,
};

function groupByInode(entries: readonly ManifestEntry[]): Map<string, Group> {
  const groups = new Map<string, Group>();
  let previous: Uint8Array | undefined;
  let inode = 0;
  for (const entry of entries) {
    if (previous !== undefined && Buffer.compare(previous, entry.path) >= 0) {
      throw buildError('CPIO_ORDER', `${text(previous)} stands before ${text(entry.path)}.`);
    }
    previous = entry.path;
    const path = key(entry.path);
    if (entry.type !== 'hardlink') {
      inode += 1;
      groups.set(path, { first: entry, inode, links: 1, last: path });
      continue;
    }
    const target = key(entry.target ?? new Uint8Array());
    const group = groups.get(target);
    if (group === undefined || group.first.type !== 'file' || key(group.first.path) !== target) {
      throw buildError('CPIO_LINK', `${text(entry.path)} is a hard link to no file before it.`);
    }
    groups.set(target, { ...group, links: group.links + 1, last: path });
    groups.set(path, group);
  }
  return new Map([...groups].map(([path, group]) => [path, groups.get(key(group.first.path)) ?? group]));
}

/** The entry whose content follows this entry's header; undefined when nothing does. */
function contentSource(entry: ManifestEntry, group: Group, path: string): ManifestEntry | undefined {
  if (entry.type === 'symlink') {
    return { ...entry, size: entry.target?.length ?? 0 };
  }
  const isFile = entry.type === 'file' || entry.type === 'hardlink';
  return isFile && group.last === path && group.first.size > 0 ? group.first : undefined;
}

function encodeEntry(entry: ManifestEntry, group: Group, source: ManifestEntry | undefined): Buffer {
  const type = MODE_TYPES[entry.type === 'hardlink' ? 'file' : entry.type];
  const isDevice = entry.type === 'char' || entry.type === 'block';
  const header = {
    ...ZERO,
    inode: group.inode,
    mode: type | (entry.mode & 0o7777),
    uid: entry.uid,
    gid: entry.gid,
    links: entry.type === 'directory' ? 2 : group.links,
    mtime: entry.mtime,
    size: source?.size ?? 0,
    specialMajor: isDevice ? (entry.device?.major ?? -1) : 0,
    specialMinor: isDevice ? (entry.device?.minor ?? -1) : 0,
  };
  for (const [field, value] of Object.entries(header)) {
    if (!Number.isSafeInteger(value) || value < 0 || value > MAX_FIELD) {
      throw buildError(
        'CPIO_ENTRY',
        `${text(entry.path)} has ${field} ${value}: no number that cpio can hold.`,
      );
    }
  }
  if (entry.xattrs.length > 0) {
    throw buildError('CPIO_ENTRY', `${text(entry.path)} has ${entry.xattrs[0]?.name}: cpio holds no xattrs.`);
  }
  return encodeHeader(header, entry.path.length === 0 ? Buffer.from('.') : entry.path);
}

async function* padded(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  entry: ManifestEntry,
): AsyncGenerator<Uint8Array> {
  yield* exactContent(chunks, entry);
  const padding = align(entry.size) - entry.size;
  if (padding > 0) {
    yield Buffer.alloc(padding);
  }
}

function key(path: Uint8Array): string {
  return Buffer.from(path).toString('latin1');
}

function text(path: Uint8Array): string {
  return Buffer.from(path).toString();
}

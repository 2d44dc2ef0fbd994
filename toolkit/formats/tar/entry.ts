import { isUtf8 } from 'node:buffer';
import { buildError } from '../../domain/errors.ts';
import type { DeviceNumbers, EntryType, ManifestEntry } from '../../domain/manifest.ts';
import { encodePaxRecords, type PaxRecord, type XattrRecords, xattrRecords } from './pax.ts';
import { type SparseFile, sparseName, sparseRecords } from './sparse.ts';
import { BLOCK_SIZE, blockPadding, encodeUstar, splitPath, USTAR_LIMITS } from './ustar.ts';

const TYPE_FLAGS: Readonly<Record<EntryType, string | undefined>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  char: '3',
  block: '4',
  directory: '5',
  fifo: '6',
  socket: undefined,
};
const NOTHING = Buffer.alloc(0);
const NO_DEVICE = { major: 0, minor: 0 };

/**
 * All header blocks of an entry: a PAX header where something does not fit into ustar, then the ustar header, then the
 * map of a `sparse` file. `path` is the entry's path as the archive spells it. Throws `TAR_ENTRY` for what tar cannot say.
 */
export function encodeTarHeader(
  entry: ManifestEntry,
  path: Buffer,
  xattrs: XattrRecords,
  sparse?: SparseFile,
): Buffer {
  const { type, split, target, size, records } = headerParts(entry, path, xattrs, sparse);
  const device = deviceOf(entry, path);
  const header = encodeUstar({
    ...(split ?? { name: path.subarray(0, USTAR_LIMITS.name), prefix: NOTHING }),
    mode: entry.mode & 0o7777,
    uid: fits(entry.uid, USTAR_LIMITS.id) ? entry.uid : 0,
    gid: fits(entry.gid, USTAR_LIMITS.id) ? entry.gid : 0,
    size: fits(size, USTAR_LIMITS.size) ? size : 0,
    mtime: fits(entry.mtime, USTAR_LIMITS.mtime) ? entry.mtime : 0,
    type,
    linkName: target.subarray(0, USTAR_LIMITS.name),
    device,
  });
  const before = records.length === 0 ? [] : [paxHeader(records)];
  return Buffer.concat([...before, header, ...(sparse === undefined ? [] : [sparse.map])]);
}

/** How long the header blocks are that `encodeTarHeader` gives without `sparse`. Throws what it throws, but for devices. */
export function tarHeaderSize(entry: ManifestEntry, path: Buffer, xattrs: XattrRecords): number {
  const { records } = headerParts(entry, path, xattrs);
  return BLOCK_SIZE + (records.length === 0 ? 0 : paxHeader(records).length);
}

function headerParts(entry: ManifestEntry, path: Buffer, xattrs: XattrRecords, sparse?: SparseFile) {
  const type = TYPE_FLAGS[entry.type];
  if (type === undefined) {
    throw buildError('TAR_ENTRY', `${path.toString()} is a ${entry.type}: tar has no such entries.`);
  }
  const split = splitPath(sparse === undefined ? path : sparseName(path));
  const target =
    entry.type === 'symlink' || entry.type === 'hardlink' ? Buffer.from(entry.target ?? []) : NOTHING;
  const size = entry.type === 'file' ? (sparse?.stored ?? entry.size) : 0;
  const name: PaxName =
    sparse === undefined
      ? { bytes: path, records: split === undefined ? [{ keyword: 'path', value: path }] : [] }
      : { bytes: path, records: sparseRecords(path, entry.size) };
  const records = paxRecords(entry, name, target, size, xattrs);
  return { type, split, target, size, records };
}

function deviceOf(entry: ManifestEntry, path: Buffer): DeviceNumbers {
  if (entry.type !== 'char' && entry.type !== 'block') {
    return NO_DEVICE;
  }
  if (entry.device === undefined) {
    throw buildError('TAR_ENTRY', `${path.toString()} is a device without numbers.`);
  }
  const { major, minor } = entry.device;
  if (!fits(major, USTAR_LIMITS.device) || !fits(minor, USTAR_LIMITS.device)) {
    throw buildError(
      'TAR_ENTRY',
      `${path.toString()} has device numbers ${major}:${minor}: too large for tar.`,
    );
  }
  return { major, minor };
}

function fits(value: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= max;
}

/** How a path is told where ustar does not tell it. */
interface PaxName {
  readonly bytes: Buffer;
  readonly records: readonly PaxRecord[];
}

function paxRecords(
  entry: ManifestEntry,
  name: PaxName,
  target: Buffer,
  size: number,
  xattrs: XattrRecords,
): PaxRecord[] {
  const longTarget = target.length > USTAR_LIMITS.name ? target : undefined;
  const records: PaxRecord[] = [];
  const add = (keyword: string, value: Buffer | undefined) => {
    if (value !== undefined) records.push({ keyword, value });
  };
  const addNumber = (keyword: string, value: number, max: number) => {
    if (!fits(value, max)) add(keyword, Buffer.from(decimal(value)));
  };
  const told = [name.records.length > 0 ? name.bytes : undefined, longTarget];
  const isBinary = told.some((bytes) => bytes !== undefined && !isUtf8(bytes));
  if (isBinary) add('hdrcharset', Buffer.from('BINARY'));
  records.push(...name.records);
  add('linkpath', longTarget);
  addNumber('size', size, USTAR_LIMITS.size);
  addNumber('uid', entry.uid, USTAR_LIMITS.id);
  addNumber('gid', entry.gid, USTAR_LIMITS.id);
  addNumber('mtime', entry.mtime, USTAR_LIMITS.mtime);
  if (entry.xattrs.length > 0) records.push(...xattrRecords(entry.xattrs, xattrs));
  return records;
}

function decimal(value: number): string {
  if (!Number.isSafeInteger(value)) {
    throw buildError('TAR_ENTRY', `${value} is no whole number of bytes, seconds or an id.`);
  }
  return String(value);
}

/** The PAX header's own name is fixed: readers do not use it, and it must not tell a process or a path. */
function paxHeader(records: readonly PaxRecord[]): Buffer {
  const body = encodePaxRecords(records);
  const header = encodeUstar({
    name: Buffer.from('././@PaxHeader'),
    prefix: NOTHING,
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: body.length,
    mtime: 0,
    type: 'x',
    linkName: NOTHING,
    device: NO_DEVICE,
  });
  return Buffer.concat([header, body, Buffer.alloc(blockPadding(body.length))]);
}

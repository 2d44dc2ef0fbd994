import { buildError } from '../../domain/errors.ts';
import { type ByteSource, readExactly } from '../source.ts';
import { type FatKind, nextCluster, readGeometry } from './geometry.ts';
import { decodeNames, type FatName } from './names.ts';

/** A FAT file system whose files are found by their paths. */
export interface FatContent {
  /**
   * All bytes of a file, or undefined where there is none. Parts of a path are short names (8.3), of which case
   * does not count. Throws `FAT_DAMAGED`.
   */
  read(path: string): Promise<Buffer | undefined>;
  /** Everything in it, folders before what is in them. Throws `FAT_DAMAGED`. */
  list(): Promise<readonly FatEntry[]>;
  readonly kind: FatKind;
  /** Volume serial number: 8 hexadecimal digits, lower case. */
  readonly serial: string;
  /** Label of the boot sector; empty for none. */
  readonly label: string;
}

export interface FatEntry {
  /** Long names where there are such; no leading slash. */
  readonly path: string;
  readonly isDirectory: boolean;
  readonly size: number;
  /** Seconds since the epoch, taken as UTC; even. */
  readonly mtime: number;
  /** All bytes of a file. */
  readonly content: () => Promise<Buffer>;
}

const ENTRY = 32;
const DELETED = 0xe5;
const ATTRIBUTES = { volume: 0x08, directory: 0x10, longName: 0x0f } as const;
/** No folder of ours is as large. */
const MAX_FOLDER = 4 * 1024 ** 2;
/** A folder that is in itself ends here. */
const MAX_DEPTH = 64;

/**
 * Opens the FAT32, FAT16 or FAT12 file system that begins `start` bytes into a source. Throws `FAT_DAMAGED` for what is
 * none. Source: Microsoft, FAT32 File System Specification 1.03.
 */
export async function openFat(source: ByteSource, start: number): Promise<FatContent> {
  const read = async (offset: number, length: number) =>
    await readExactly(source, start + offset, length, 'FAT', 'FAT_DAMAGED');
  const geometry = await readGeometry(read, damaged);
  const { root } = geometry;
  const chain = async (first: number, size: number): Promise<Buffer> => {
    const pieces: Buffer[] = [];
    let left = size;
    for (let cluster = first; left > 0 && cluster < geometry.last; cluster = nextCluster(geometry, cluster)) {
      const { clusterSize, data, clusters } = geometry;
      if (cluster < 2 || cluster >= clusters + 2) throw damaged(`there is no cluster ${cluster}`);
      const bytes = await read(data + (cluster - 2) * clusterSize, clusterSize);
      pieces.push(bytes.subarray(0, Math.min(left, clusterSize)));
      left -= clusterSize;
    }
    return Buffer.concat(pieces);
  };
  const rootFolder = async (): Promise<Buffer> =>
    'cluster' in root ? await chain(root.cluster, MAX_FOLDER) : await read(root.offset, root.size);
  const listFolder = async (folder: Buffer, prefix: string, depth: number): Promise<FatEntry[]> => {
    if (depth > MAX_DEPTH) throw damaged(`${prefix} is nested too deep`);
    const found: FatEntry[] = [];
    for (const one of decodeNames(folder)) {
      if (one.name.startsWith('..') && /^\.+$/.test(one.name)) throw damaged(`${prefix} lists '${one.name}'`);
      if (/[/\0]/.test(one.name) || one.name === '') throw damaged(`${prefix} lists a name that cannot be`);
      const path = `${prefix}${one.name}`;
      found.push(entryOf(one, path, async () => await wholeFile(one, path)));
      if (!one.isDirectory) continue;
      found.push(...(await listFolder(await chain(one.cluster, MAX_FOLDER), `${path}/`, depth + 1)));
    }
    return found;
  };
  const wholeFile = async ({ cluster, size }: FatName, path: string): Promise<Buffer> => {
    const bytes = size === 0 ? Buffer.alloc(0) : await chain(cluster, size);
    if (bytes.length === size) return bytes;
    throw damaged(`${path} has ${bytes.length} of ${size} bytes`);
  };
  return {
    kind: geometry.kind,
    serial: geometry.serial,
    label: geometry.label,
    list: async () => await listFolder(await rootFolder(), '', 0),
    async read(path) {
      const names = path.split('/').filter((name) => name !== '');
      let folder = await rootFolder();
      for (const [index, name] of names.entries()) {
        const found = findName(folder, name);
        if (found === undefined) return undefined;
        const isLast = index === names.length - 1;
        if (isLast === found.isDirectory) return undefined;
        const bytes = await chain(found.cluster, isLast ? found.size : MAX_FOLDER);
        if (!isLast) folder = bytes;
        else if (bytes.length === found.size) return bytes;
        else throw damaged(`${path} has ${bytes.length} of ${found.size} bytes`);
      }
      return undefined;
    },
  };
}

function entryOf(
  { isDirectory, size, mtime }: FatName,
  path: string,
  content: FatEntry['content'],
): FatEntry {
  return { path, isDirectory, size, mtime, content };
}

function findName(
  folder: Buffer,
  name: string,
): { readonly cluster: number; readonly size: number; readonly isDirectory: boolean } | undefined {
  const [base = '', extension = ''] = name.toUpperCase().split('.');
  const wanted = `${base.padEnd(8)}${extension.padEnd(3)}`;
  for (let at = 0; at + ENTRY <= folder.length && folder[at] !== 0; at += ENTRY) {
    const attributes = folder[at + 11]!;
    if (folder[at] === DELETED || attributes === ATTRIBUTES.longName) continue;
    if ((attributes & ATTRIBUTES.volume) !== 0 || folder.toString('latin1', at, at + 11) !== wanted) continue;
    return {
      cluster: folder.readUInt16LE(at + 20) * 2 ** 16 + folder.readUInt16LE(at + 26),
      size: folder.readUInt32LE(at + 28),
      isDirectory: (attributes & ATTRIBUTES.directory) !== 0,
    };
  }
  return undefined;
}

function damaged(what: string): Error {
  return buildError('FAT_DAMAGED', `FAT: ${what}.`, { hint: 'Take another copy of the image.' });
}

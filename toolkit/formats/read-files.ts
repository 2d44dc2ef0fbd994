import { retold, ToolkitError } from '../domain/errors.ts';
import { latin1Bytes, latin1Text } from '../domain/image-bytes.ts';
import type { ManifestEntry } from '../domain/manifest.ts';
import type { Extent } from './image.ts';

/** A file system that was read. */
export interface ReadFiles {
  /** Everything in it, sorted by path; files without their digests. */
  readonly entries: readonly ManifestEntry[];
  /** Content of one of its files, holes as zeros. */
  content(entry: ManifestEntry): AsyncIterable<Uint8Array>;
  /** Runs of one of its files that have blocks; the rest is zeros. In bytes, ascending, apart. */
  dataOf(entry: ManifestEntry): readonly Extent[];
}

/** What an inode says of itself, under whatever names. `R` is a run of its content, in bytes of the file. */
export interface ReadFile<R extends Extent> {
  readonly inode: number;
  /** How many names it says that it has. */
  readonly links: number;
  readonly entry: Omit<ManifestEntry, 'path'>;
  /** Of a file: ascending, apart; what is between them is zeros. */
  readonly runs: readonly R[];
  /** Of a directory: what is in it, without `.` and `..`. */
  readonly names: (() => Promise<readonly ReadName[]>) | undefined;
}

/** A name in a directory. */
export interface ReadName {
  /** Latin1 text: a code unit a byte. */
  readonly name: string;
  readonly inode: number;
}

/** How the inodes of a kind of file system are read. */
export interface FileReader<R extends Extent> {
  /** Number of the root directory. */
  readonly root: number;
  /** The error for what cannot be. */
  readonly damaged: (what: string) => Error;
  /** `path` is one of its names, for what is said of it. */
  readonly readInode: (inode: number, path: string) => Promise<ReadFile<R>>;
  /** `length` bytes of a run, from `from` of them on. */
  readonly readRun: (run: R, from: number, length: number) => Promise<Uint8Array>;
}

interface Found<R extends Extent> {
  readonly path: string;
  readonly file: ReadFile<R>;
}

const BUFFER = 1 << 20;
const ZEROS = Buffer.alloc(BUFFER);

/** Reads the tree of a file system from its root on. Throws the reader's error for what is no tree, with the file's name. */
export async function readFiles<R extends Extent>(reader: FileReader<R>): Promise<ReadFiles> {
  const runs = new Map<ManifestEntry, readonly R[]>();
  const firstNames = new Map<number, Uint8Array>();
  const entries = (await findNames(reader)).map(({ path, file }): ManifestEntry => {
    const bytes = latin1Bytes(path);
    const target = firstNames.get(file.inode);
    if (target !== undefined) return { ...file.entry, path: bytes, type: 'hardlink', size: 0, target };
    firstNames.set(file.inode, bytes);
    const entry = { ...file.entry, path: bytes };
    if (entry.type === 'file') runs.set(entry, file.runs);
    return entry;
  });
  const runsOf = (entry: ManifestEntry): readonly R[] => {
    const found = runs.get(entry);
    if (found === undefined) throw new Error('this is no file of this file system');
    return found;
  };
  return {
    entries,
    content: (entry) => namedBytes(entry, runsOf(entry), reader),
    dataOf: (entry) => dataRuns(runsOf(entry), entry.size),
  };
}

async function* namedBytes<R extends Extent>(
  { path, size }: ManifestEntry,
  runs: readonly R[],
  reader: FileReader<R>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* fileBytes(runs, size, reader);
  } catch (error) {
    throw named(error, latin1Text(path));
  }
}

/** A reader knows the number of what it cannot read; who has to do something about it wants the name. */
function named(error: unknown, path: string): unknown {
  const name = `/${Buffer.from(path, 'latin1').toString()}`;
  if (!(error instanceof ToolkitError) || error.message.includes(name)) return error;
  const { hint = 'Where the image runs, remove the file or write it anew without that.' } = error;
  return retold(error, { message: `${error.message.replace(/\.$/, '')} (${name}).`, hint });
}

/** All names, sorted by the bytes of their paths. */
async function findNames<R extends Extent>({
  root,
  readInode,
  damaged,
}: FileReader<R>): Promise<readonly Found<R>[]> {
  const linked = new Map<number, ReadFile<R>>();
  const folders = new Set<number>([root]);
  const all: Found<R>[] = [];
  const pending: { readonly prefix: string; readonly names: NonNullable<ReadFile<R>['names']> }[] = [];
  const add = async (path: string, inode: number): Promise<ReadFile<R>> => {
    const known = linked.get(inode);
    const file = known ?? (await naming(path, async () => await readInode(inode, path)));
    all.push({ path, file });
    if (file.names !== undefined) pending.push({ prefix: path === '' ? '' : `${path}/`, names: file.names });
    else if (known === undefined && file.links > 1) linked.set(inode, file);
    return file;
  };
  if ((await add('', root)).names === undefined) throw damaged('its root is no directory');
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const { prefix, names } = folder;
    for (const { name, inode } of await naming(prefix.replace(/\/$/, ''), names)) {
      const path = `${prefix}${name}`;
      if ((await add(path, inode)).names === undefined) continue;
      if (folders.has(inode)) throw damaged(`/${path} is a directory that has another name already`);
      folders.add(inode);
    }
  }
  all.sort((a, b) => (a.path < b.path ? -1 : 1));
  const twice = all.findIndex(({ path }, index) => index > 0 && all[index - 1]!.path === path);
  if (twice >= 0) throw damaged(`/${all[twice]!.path} is there twice`);
  return all;
}

async function naming<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw named(error, path);
  }
}

/** Runs of a file of `size` bytes, those joined that touch. */
function dataRuns(runs: readonly Extent[], size: number): Extent[] {
  const joined: { offset: number; length: number }[] = [];
  for (const { offset, length } of runs) {
    const end = Math.min(offset + length, size);
    if (end <= offset) break;
    const last = joined.at(-1);
    if (last !== undefined && last.offset + last.length === offset) last.length = end - last.offset;
    else joined.push({ offset, length: end - offset });
  }
  return joined;
}

/** The first `size` bytes of what runs are, what is between and behind them as zeros, in pieces of up to 1 MiB. */
async function* fileBytes<R extends Extent>(
  runs: readonly R[],
  size: number,
  { readRun }: Pick<FileReader<R>, 'readRun'>,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const run of runs) {
    if (run.offset >= size) break;
    yield* zeros(run.offset - at);
    const end = Math.min(run.length, size - run.offset);
    for (let from = 0; from < end; from += BUFFER) {
      yield await readRun(run, from, Math.min(BUFFER, end - from));
    }
    at = run.offset + end;
  }
  yield* zeros(size - at);
}

/** The same bytes in one: of what is known to be small. */
export async function wholeFile<R extends Extent>(
  runs: readonly R[],
  size: number,
  reader: Pick<FileReader<R>, 'readRun'>,
): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of fileBytes(runs, size, reader)) pieces.push(piece);
  return Buffer.concat(pieces);
}

function* zeros(length: number): Generator<Uint8Array> {
  for (let at = 0; at < length; at += BUFFER) yield ZEROS.subarray(0, Math.min(BUFFER, length - at));
}

import { uuidFromBytes } from '../../../domain/uuid.ts';
import { modeType } from '../../modes.ts';
import { fileBytes, type ReadFile, type ReadFiles, readFiles } from '../../read-files.ts';
import type { ByteSource } from '../../source.ts';
import { readUint64 } from '../bytes.ts';
import { FIRST_INODE, KEYS, TREES } from '../constants.ts';
import { MAX_TARGET } from '../inode-items.ts';
import { readSums, type Sums } from './checksums.ts';
import { damaged, unsupported } from './errors.ts';
import { type ReadInode, readInodes } from './inodes.ts';
import { readItems, type TreePlace } from './items.ts';
import { type Run, readRun } from './runs.ts';
import { readVolume, type Volume } from './volume.ts';

/** A file system that was read. */
interface BtrfsContent extends ReadFiles {
  readonly kind: 'btrfs';
  readonly uuid: string;
  /** What else in it has a UUID, by what it is. */
  readonly otherUuids: Readonly<Record<string, string>>;
  readonly label: string;
  /** Bytes that it takes. */
  readonly size: number;
}

const ROOT_ITEM = 239;
/** Items of Linux before 3.6 end before it. */
const TREE_UUID = 247;
/** Numbers from here on are those of the file system's own trees, as a subtraction from 2^64. */
const OWN_TREES = 2 ** 63;

/**
 * Reads the btrfs that begins `start` bytes into a source: what our writer, mkfs.btrfs and Linux wrote, of one device
 * and without subvolumes. Checksums are verified, those of contents when they are read, and nothing is repaired. Throws
 * `BTRFS_DAMAGED`, `BTRFS_UNSUPPORTED` with the name of what is not read, and `BTRFS_LOG` where it was not unmounted.
 * Source: btrfs.readthedocs.io, On-disk format; Linux, fs/btrfs.
 */
export async function readBtrfs(read: ByteSource, start = 0): Promise<BtrfsContent> {
  const volume = await readVolume(read, start);
  const trees = await readTrees(volume);
  const own = trees.get(TREES.fs);
  if (own === undefined) throw damaged('it has no tree of files');
  const inodes = await readInodes(volume, own);
  const sums = await readSums(volume, trees.get(TREES.checksum));
  const readOwn = async (run: Run, from: number, length: number) =>
    await readRun(volume, sums, run, from, length);
  const files = await readFiles<Run>({
    ...{ root: FIRST_INODE, damaged, readRun: readOwn },
    readInode: async (inode, path) => await readFile(volume, sums, path, inode, inodes.get(inode)),
  });
  const { uuid, label, size } = volume;
  const otherUuids = {
    'btrfs device': volume.deviceUuid,
    'btrfs chunk tree': volume.chunkTreeUuid,
    ...(own.uuid === undefined ? {} : { 'btrfs subvolume': own.uuid }),
  };
  return { kind: 'btrfs', uuid, otherUuids, label, size, ...files };
}

interface OwnTree extends TreePlace {
  readonly uuid: string | undefined;
}

/** Where the trees begin, by their numbers. */
async function readTrees(volume: Volume): Promise<ReadonlyMap<number, OwnTree>> {
  const trees = new Map<number, OwnTree>();
  await readItems(volume, volume.root, ({ objectid, type, data }) => {
    if (type !== KEYS.root) return;
    if (data.length < ROOT_ITEM) throw damaged(`the tree ${objectid} is none`);
    const isGivenUp = data.readUInt32LE(216) === 0;
    const isSubvolume = objectid >= FIRST_INODE && objectid < OWN_TREES;
    if (isSubvolume && !isGivenUp) throw unsupported(`it has a subvolume (${objectid}), which is not read`);
    trees.set(objectid, {
      ...{ address: readUint64(data, 176), level: data[238]!, generation: readUint64(data, 160) },
      uuid: treeUuid(data),
    });
  });
  return trees;
}

function treeUuid(data: Buffer): string | undefined {
  const bytes = data.subarray(TREE_UUID, TREE_UUID + 16);
  return bytes.length === 16 && bytes.some((byte) => byte !== 0) ? uuidFromBytes(bytes) : undefined;
}

async function readFile(
  volume: Volume,
  sums: Sums,
  path: string,
  inode: number,
  node: ReadInode | undefined,
): Promise<ReadFile<Run>> {
  if (node === undefined || node.links === 0) throw damaged(`/${path} names an inode that is not in use`);
  const { mode, uid, gid, mtime, size, links, xattrs, device, runs, names, problems } = node;
  if (problems[0] !== undefined) throw problems[0];
  const type = modeType(mode);
  if (type === undefined) throw damaged(`inode ${inode} is of no type (mode ${mode.toString(8)})`);
  const entry = {
    ...{ type, mode: mode & 0o7777, uid, gid, mtime, size: type === 'file' ? size : 0, xattrs },
    ...(type === 'symlink' ? { target: await readTarget(volume, sums, path, node) } : {}),
    ...(type === 'char' || type === 'block' ? { device } : {}),
  };
  return {
    ...{ inode, links, entry, runs: type === 'file' ? runs : [] },
    names: type === 'directory' ? async () => names : undefined,
  };
}

async function readTarget(
  volume: Volume,
  sums: Sums,
  path: string,
  { size, runs }: ReadInode,
): Promise<Uint8Array> {
  if (size === 0 || size > MAX_TARGET) throw damaged(`/${path} leads to ${size} bytes`);
  const pieces: Uint8Array[] = [];
  const own = {
    readRun: async (run: Run, from: number, length: number) => await readRun(volume, sums, run, from, length),
  };
  for await (const piece of fileBytes(runs, size, own)) pieces.push(piece);
  return Uint8Array.from(Buffer.concat(pieces));
}

import { uuidFromBytes } from '../../../domain/uuid.ts';
import { fileOfInode } from '../../file-of-inode.ts';
import { type FileReader, type ReadFile, type ReadFiles, readFiles, wholeFile } from '../../read-files.ts';
import type { ByteSource } from '../../source.ts';
import { readUint64 } from '../bytes.ts';
import { FIRST_INODE, KEYS, TREES } from '../constants.ts';
import { MAX_TARGET } from '../inode-items.ts';
import { readSums } from './checksums.ts';
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

type RunReader = Pick<FileReader<Run>, 'readRun'>;

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
  const runReader: RunReader = {
    readRun: async (run, from, length) => await readRun(volume, sums, run, from, length),
  };
  const files = await readFiles<Run>({
    ...{ root: FIRST_INODE, damaged, ...runReader },
    readInode: async (inode, path) => await readFile(path, inodes.get(inode), runReader),
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
  path: string,
  node: ReadInode | undefined,
  runReader: RunReader,
): Promise<ReadFile<Run>> {
  if (node === undefined || node.links === 0) throw damaged(`/${path} names an inode that is not in use`);
  const { xattrs, device, size, runs, names, problems } = node;
  if (problems[0] !== undefined) throw problems[0];
  const parts = {
    xattrs: async () => xattrs,
    target: async () => await wholeFile(runs, size, runReader),
    device: () => device,
    runs: async () => runs,
    names: async () => names,
  };
  return await fileOfInode(path, node, parts, { mostTarget: MAX_TARGET, damaged });
}

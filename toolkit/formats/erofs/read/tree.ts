import { decodeDevice } from '../../device-number.ts';
import { fileOfInode } from '../../file-of-inode.ts';
import {
  type FileReader,
  type ReadFile,
  type ReadFiles,
  type ReadName,
  readFiles,
  wholeFile,
} from '../../read-files.ts';
import type { ByteSource } from '../../source.ts';
import { readNames } from './directory.ts';
import { damaged } from './errors.ts';
import { type ReadInode, readInode } from './inode.ts';
import { type Run, runReader, runsOf } from './runs.ts';
import { readVolume, type Volume } from './volume.ts';
import { readXattrs } from './xattr.ts';

/** An erofs that was read. */
export interface ErofsContent extends ReadFiles {
  readonly kind: 'erofs';
  readonly uuid: string;
  readonly label: string;
  /** Bytes that it takes. */
  readonly size: number;
}

type RunReader = FileReader<Run>['readRun'];

const MOST_TARGET = 4096;

/**
 * Reads the erofs that begins `start` bytes into a source, as it is or packed by LZ4 in single blocks. Only its
 * superblock has a checksum: what is damaged otherwise is found where it cannot be. Throws `EROFS_DAMAGED`, and
 * `EROFS_UNSUPPORTED` with the name of what is not read. Source: Linux, Documentation/filesystems/erofs.rst.
 */
export async function readErofs(read: ByteSource, start = 0): Promise<ErofsContent> {
  const volume = await readVolume(read, start);
  const readRun = runReader(volume);
  const files = await readFiles<Run>({
    ...{ root: volume.root, damaged, readRun },
    readInode: async (inode, path) => await readFile(volume, path, await readInode(volume, inode), readRun),
  });
  const { uuid, label, size } = volume;
  return { kind: 'erofs', uuid, label, size, ...files };
}

async function readFile(
  volume: Volume,
  path: string,
  node: ReadInode,
  readRun: RunReader,
): Promise<ReadFile<Run>> {
  const { size, xattrs, block } = node;
  const whole = async () => await wholeFile(await runsOf(volume, node), size, { readRun });
  const parts = {
    xattrs: async () => await readXattrs(volume, xattrs.place, xattrs.size),
    target: whole,
    device: () => decodeDevice(block),
    runs: async () => await runsOf(volume, node),
    names: async () => namesOf(await whole(), volume),
  };
  return await fileOfInode(path, node, parts, { mostTarget: MOST_TARGET, damaged });
}

function namesOf(directory: Buffer, { blockSize }: Volume): readonly ReadName[] {
  const count = Math.ceil(directory.length / blockSize);
  return Array.from({ length: count }, (_, index) =>
    directory.subarray(index * blockSize, (index + 1) * blockSize),
  ).flatMap(readNames);
}

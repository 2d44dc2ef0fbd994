import { fileOfInode } from '../../file-of-inode.ts';
import type { Extent } from '../../image.ts';
import { type ReadFile, type ReadFiles, readFiles, wholeFile } from '../../read-files.ts';
import type { ByteSource } from '../../source.ts';
import { INODES } from '../constants.ts';
import type { ExtKind } from '../form.ts';
import { INODE_BLOCK_SIZE } from '../inode.ts';
import { readDirectory } from './directory.ts';
import { damaged } from './errors.ts';
import { readExtents } from './extents.ts';
import { inodeReader, type ReadInode, readDevice } from './inode.ts';
import { readVolume, type Volume } from './volume.ts';
import { readXattrs } from './xattr.ts';

/** A file system that was read. */
export interface Ext4Content extends ReadFiles {
  readonly kind: ExtKind;
  readonly uuid: string;
  readonly label: string;
  /** UUID that the hashes of names begin with. */
  readonly hashSeed: string;
  /** Bytes that it takes. */
  readonly size: number;
}

/** Blocks of a file, in bytes. */
interface Run extends Extent {
  /** First block. */
  readonly block: number;
}

const MAX_TARGET = 4096;

/**
 * Reads the ext4 file system that begins `start` bytes into a source: what our writer, mke2fs and Linux wrote.
 * Checksums are verified, and nothing is repaired. Throws `EXT4_DAMAGED`, `EXT4_UNSUPPORTED` with the name of
 * what is not read, and `EXT4_JOURNAL` where it was not unmounted. Source: Linux, Documentation/filesystems/ext4.
 */
export async function readExt4(read: ByteSource, start = 0): Promise<Ext4Content> {
  const volume = await readVolume(read, start);
  const readInode = inodeReader(volume);
  const files = await readFiles<Run>({
    ...{ root: INODES.root, damaged },
    readInode: async (inode, path) => await readFile(volume, path, await readInode(inode)),
    readRun: async (run, from, length) => await readRun(volume, run, from, length),
  });
  return {
    ...{ kind: volume.kind, uuid: volume.uuid, label: volume.label, hashSeed: volume.hashSeed },
    ...{ size: volume.blocks * volume.blockSize, ...files },
  };
}

async function readFile(volume: Volume, path: string, node: ReadInode): Promise<ReadFile<Run>> {
  if (node.links === 0) throw damaged(`/${path} names an inode that is not in use`);
  const parts = {
    xattrs: async () => await readXattrs(volume, node),
    target: async () => await readTarget(volume, node),
    device: () => readDevice(node),
    runs: async () => await readRuns(volume, node),
    names: async () => await readDirectory(volume, node),
  };
  return await fileOfInode(path, node, parts, { mostTarget: MAX_TARGET, damaged });
}

async function readRuns(volume: Volume, node: ReadInode): Promise<Run[]> {
  const { blockSize } = volume;
  return (await readExtents(volume, node)).map(({ logical, start, length }) => {
    return { offset: logical * blockSize, length: length * blockSize, block: start };
  });
}

/** `from` is a whole number of blocks. */
async function readRun(volume: Volume, { block }: Run, from: number, length: number): Promise<Uint8Array> {
  const { blockSize } = volume;
  const bytes = await volume.readBlocks(block + from / blockSize, Math.ceil(length / blockSize));
  return bytes.subarray(0, length);
}

async function readTarget(volume: Volume, node: ReadInode): Promise<Uint8Array> {
  const { size, block } = node;
  if (size < INODE_BLOCK_SIZE) return block.subarray(0, size);
  return await wholeFile(await readRuns(volume, node), size, {
    readRun: async (run: Run, from: number, length: number) => await readRun(volume, run, from, length),
  });
}

import { decodeDevice } from '../../device-number.ts';
import { modeType } from '../../modes.ts';
import { fileBytes, type ReadFile, type ReadFiles, type ReadName, readFiles } from '../../read-files.ts';
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

const MOST_TARGET = 4096;

/**
 * Reads the erofs that begins `start` bytes into a source, as it is or packed by LZ4 in single blocks. Only its
 * superblock has a checksum: what is damaged otherwise is found where it cannot be. Throws `EROFS_DAMAGED`, and
 * `EROFS_UNSUPPORTED` with the name of what is not read. Source: Linux, Documentation/filesystems/erofs.rst.
 */
export async function readErofs(read: ByteSource, start = 0): Promise<ErofsContent> {
  const volume = await readVolume(read, start);
  const readRun = runReader(volume);
  const wholeOf = async (inode: ReadInode): Promise<Buffer> => {
    const pieces: Uint8Array[] = [];
    for await (const piece of fileBytes(await runsOf(volume, inode), inode.size, { readRun }))
      pieces.push(piece);
    return Buffer.concat(pieces);
  };
  const files = await readFiles<Run>({
    ...{ root: volume.root, damaged, readRun },
    readInode: async (inode, path) => await readFile(volume, path, await readInode(volume, inode), wholeOf),
  });
  const { uuid, label, size } = volume;
  return { kind: 'erofs', uuid, label, size, ...files };
}

async function readFile(
  volume: Volume,
  path: string,
  node: ReadInode,
  wholeOf: (inode: ReadInode) => Promise<Buffer>,
): Promise<ReadFile<Run>> {
  const { inode, mode, size, links, xattrs } = node;
  const type = modeType(mode);
  if (type === undefined) throw damaged(`inode ${inode} is of no type (mode ${mode.toString(8)})`);
  if (type === 'symlink' && (size === 0 || size > MOST_TARGET))
    throw damaged(`/${path} leads to ${size} bytes`);
  const names = async (): Promise<readonly ReadName[]> => {
    const bytes = await wholeOf(node);
    const { blockSize } = volume;
    const count = Math.ceil(bytes.length / blockSize);
    return Array.from({ length: count }, (_, index) =>
      bytes.subarray(index * blockSize, (index + 1) * blockSize),
    ).flatMap(readNames);
  };
  return {
    ...{ inode, links },
    entry: {
      ...{ type, mode: mode & 0o7777, uid: node.uid, gid: node.gid, mtime: node.mtime },
      size: type === 'file' ? size : 0,
      xattrs: await readXattrs(volume, xattrs.place, xattrs.size),
      ...(type === 'symlink' ? { target: Uint8Array.from(await wholeOf(node)) } : {}),
      ...(type === 'char' || type === 'block' ? { device: decodeDevice(node.block) } : {}),
    },
    runs: type === 'file' ? await runsOf(volume, node) : [],
    names: type === 'directory' ? names : undefined,
  };
}

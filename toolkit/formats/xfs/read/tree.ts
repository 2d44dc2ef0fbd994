import { fileOfInode } from '../../file-of-inode.ts';
import type { Extent } from '../../image.ts';
import { type ReadFile, type ReadFiles, readFiles } from '../../read-files.ts';
import type { ByteSource } from '../../source.ts';
import { FAR_HEADER } from '../attributes.ts';
import { MOST_TARGET } from '../files.ts';
import { FORMATS } from '../inode.ts';
import { readAttributes } from './attributes.ts';
import { HEADERS, readOwned } from './block.ts';
import { readDirectory } from './directory.ts';
import { damaged } from './errors.ts';
import { readExtents } from './extents.ts';
import { inodeReader, type ReadInode, readDevice } from './inode.ts';
import { checkLog } from './log.ts';
import { readVolume, type Volume } from './volume.ts';

/** A file system that was read. */
interface XfsContent extends ReadFiles {
  readonly kind: 'xfs';
  readonly uuid: string;
  readonly label: string;
  /** Bytes that it takes. */
  readonly size: number;
}

/** Blocks of a file, in bytes. */
interface Run extends Extent {
  /** First block. */
  readonly block: number;
}

/**
 * Reads the XFS that begins `start` bytes into a source: what our writer, mkfs.xfs and Linux wrote, of version 5.
 * Checksums are verified, and nothing is repaired. Throws `XFS_DAMAGED`, `XFS_UNSUPPORTED` with the name of what is not
 * read, and `XFS_LOG` where it was not unmounted. Source: XFS Algorithms & Data Structures; Linux, fs/xfs/libxfs.
 */
export async function readXfs(read: ByteSource, start = 0): Promise<XfsContent> {
  const volume = await readVolume(read, start);
  await checkLog(volume);
  const { uuid, label, root, blockSize } = volume;
  const readInode = inodeReader(volume);
  const files = await readFiles<Run>({
    ...{ root, damaged },
    readInode: async (inode, path) => await readFile(volume, path, await readInode(inode)),
    readRun: async ({ block }, from, length) => {
      const bytes = await volume.readBlocks(block + from / blockSize, Math.ceil(length / blockSize));
      return bytes.subarray(0, length);
    },
  });
  return { kind: 'xfs', uuid, label, size: volume.blocks * blockSize, ...files };
}

async function readFile(volume: Volume, path: string, node: ReadInode): Promise<ReadFile<Run>> {
  if (node.links === 0) throw damaged(`/${path} names an inode that is not in use`);
  const parts = {
    xattrs: async () => await readAttributes(volume, node.attributes),
    target: async () => await readTarget(volume, path, node),
    device: () => readDevice(node),
    runs: async () => await readRuns(volume, node),
    names: async () => await readDirectory(volume, node),
  };
  return await fileOfInode(path, node, parts, { mostTarget: MOST_TARGET, damaged });
}

async function readRuns(volume: Volume, { content }: ReadInode): Promise<Run[]> {
  const { blockSize } = volume;
  const extents = await readExtents(volume, content);
  return extents
    .filter(({ isWritten }) => isWritten)
    .map(({ offset, block, count }) => ({ offset: offset * blockSize, length: count * blockSize, block }));
}

async function readTarget(volume: Volume, path: string, node: ReadInode): Promise<Uint8Array> {
  const { inode, size, content } = node;
  if (content.format === FORMATS.local) {
    if (size > content.bytes.length) throw damaged(`/${path} leads to more than its inode has`);
    return content.bytes.subarray(0, size);
  }
  const target = new Uint8Array(size);
  let at = 0;
  // Blocks that lie together have one header.
  for (const { block, count } of await readExtents(volume, content)) {
    const blocks = Array.from({ length: Math.min(count, MOST_TARGET) }, (_, index) => block + index);
    const bytes = await readOwned(volume, blocks, HEADERS.values, inode);
    const length = Math.min(bytes.length - FAR_HEADER, size - at);
    const isNext =
      bytes.toString('latin1', 0, 4) === 'XSLM' &&
      bytes.readUInt32BE(4) === at &&
      bytes.readUInt32BE(8) === length;
    if (!isNext) throw damaged(`/${path} leads to what is none of its blocks`);
    target.set(bytes.subarray(FAR_HEADER, FAR_HEADER + length), at);
    at += length;
  }
  if (at < size) throw damaged(`/${path} leads to more than its blocks have`);
  return target;
}

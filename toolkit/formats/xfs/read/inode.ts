import type { DeviceNumbers } from '../../../domain/manifest.ts';
import { roundDown } from '../../../domain/round.ts';
import { uuidFromBytes } from '../../../domain/uuid.ts';
import type { InodeFacts } from '../../file-of-inode.ts';
import { Kept } from '../../kept.ts';
import { isSealed, readUint64 } from '../bytes.ts';
import { INODE_CORE } from '../constants.ts';
import { BILLION, CHECKSUM, FIRST_SECOND, FLAGS2 } from '../inode.ts';
import { damaged, unsupported } from './errors.ts';
import type { Volume } from './volume.ts';

/** Content or attributes of an inode: in it, or where its blocks are. */
export interface Fork {
  readonly inode: number;
  /** One of `FORMATS`. */
  readonly format: number;
  /** How many extents it has. */
  readonly extents: number;
  readonly bytes: Buffer;
}

/** An inode as it is on the disk, taken apart. */
export interface ReadInode extends InodeFacts {
  readonly content: Fork;
  readonly attributes: Fork | undefined;
}

/** Finds inodes by their numbers. Throws `XFS_DAMAGED` and `XFS_UNSUPPORTED`. */
export type InodeReader = (inode: number) => Promise<ReadInode>;

const REALTIME = 0x1;
/** Bytes that are read at once, and how many such pieces are kept. */
const WINDOW = 32 * 1024;
const KEPT = 512;

export function inodeReader(volume: Volume): InodeReader {
  const { blockSize, inodeSize } = volume;
  const perBlock = blockSize / inodeSize;
  const step = Math.max(1, WINDOW / blockSize);
  const windows = new Kept<number, Buffer>(KEPT);
  const readBlock = async (block: number): Promise<Buffer> => {
    const first = roundDown(block, step);
    const count = Math.max(1, volume.countFrom(first, step));
    const bytes = await windows.get(first, async () => await volume.readBlocks(first, count));
    const at = (block - first) * blockSize;
    if (at >= bytes.length) throw damaged(`there is no block ${block}`);
    return bytes.subarray(at, at + blockSize);
  };
  return async (inode) => {
    const at = (inode % perBlock) * inodeSize;
    const bytes = await readBlock(Math.floor(inode / perBlock));
    return parseInode(bytes.subarray(at, at + inodeSize), inode, volume);
  };
}

function parseInode(bytes: Buffer, inode: number, { blockUuid }: Volume): ReadInode {
  const isOne =
    bytes.toString('latin1', 0, 2) === 'IN' &&
    bytes[4] === 3 &&
    readUint64(bytes, 152) === inode &&
    uuidFromBytes(bytes.subarray(160, 176)) === blockUuid;
  if (!isOne) throw damaged(`inode ${inode} is none`);
  if (!isSealed(bytes, CHECKSUM)) throw damaged(`inode ${inode} has another checksum`);
  const flags2 = bytes.readUInt32BE(124);
  const hasMany = (flags2 & FLAGS2.manyExtents) !== 0;
  if ((bytes.readUInt16BE(90) & REALTIME) !== 0) {
    throw unsupported(`inode ${inode} has its content on a realtime device, which is not read`);
  }
  const size = readUint64(bytes, 56);
  if (!Number.isSafeInteger(size)) throw damaged(`inode ${inode} has a size of ${size} bytes`);
  const attributesAt = bytes[82]! * 8;
  const forks = bytes.subarray(INODE_CORE);
  if (attributesAt > forks.length) throw damaged(`inode ${inode} has its attributes behind it`);
  const content = {
    ...{ inode, format: bytes[5]!, extents: hasMany ? readUint64(bytes, 24) : bytes.readUInt32BE(76) },
    bytes: attributesAt === 0 ? forks : forks.subarray(0, attributesAt),
  };
  const attributes = {
    ...{ inode, format: bytes[83]!, extents: hasMany ? bytes.readUInt32BE(76) : bytes.readUInt16BE(80) },
    bytes: forks.subarray(attributesAt),
  };
  return {
    ...{ inode, mode: bytes.readUInt16BE(2), uid: bytes.readUInt32BE(8), gid: bytes.readUInt32BE(12) },
    ...{ size, links: bytes.readUInt32BE(16), content },
    mtime: readTime(bytes.subarray(40, 48), (flags2 & FLAGS2.bigTime) !== 0),
    attributes: attributesAt === 0 ? undefined : attributes,
  };
}

function readTime(bytes: Buffer, isBig: boolean): number {
  if (!isBig) return bytes.readInt32BE(0) + bytes.readUInt32BE(4) / 1e9;
  const time = bytes.readBigUInt64BE(0);
  return Number(time / BILLION) + FIRST_SECOND + Number(time % BILLION) / 1e9;
}

/** Numbers of a device. */
export function readDevice({ content }: ReadInode): DeviceNumbers {
  const device = content.bytes.readUInt32BE(0);
  return { major: device >>> 18, minor: device & 0x3ffff };
}

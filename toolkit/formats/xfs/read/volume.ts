import { isPowerOf2 } from '../../../domain/round.ts';
import { untilNul } from '../../../domain/text.ts';
import { uuidFromBytes } from '../../../domain/uuid.ts';
import { type FeatureNames, featureText } from '../../feature-names.ts';
import { type ByteSource, readExactly } from '../../source.ts';
import { isSealed, readUint64 } from '../bytes.ts';
import { damaged, unsupported } from './errors.ts';

/** An XFS as its superblock tells of it. Sizes in bytes. */
export interface Volume {
  readonly uuid: string;
  readonly label: string;
  /** The UUID that its blocks have. */
  readonly blockUuid: string;
  readonly blockSize: number;
  /** How many blocks there are. */
  readonly blocks: number;
  /** How many blocks a block of a directory has. */
  readonly folderBlocks: number;
  readonly inodeSize: number;
  /** Inode of the root. */
  readonly root: number;
  readonly log: { readonly block: number; readonly blocks: number };
  /** `count` blocks from `block` on: its number has that of its group before its own. Throws `XFS_DAMAGED`. */
  readBlocks(block: number, count: number): Promise<Buffer>;
  /** How many blocks its group has from a block on: at most `most`. */
  countFrom(block: number, most: number): number;
  /** Where a block is: in sectors of 512 bytes. */
  sectorOf(block: number): number;
}

const MAGIC = 'XFSB';
const SUPERBLOCK = 512;
const CHECKSUM = 224;
const VERSION = 5;
const SECTOR = 512;
/** ftype, sparse inodes, meta_uuid, bigtime, nrext64, exchange, parent pointers. */
const READABLE = 0x1 | 0x2 | 0x4 | 0x8 | 0x20 | 0x40 | 0x80;
const HAS_OWN_UUID = 0x4;
const NEEDS_REPAIR = 0x10;
/** Those that have to be known, and are not. Source: Linux, fs/xfs/libxfs/xfs_format.h. */
const OTHER_FEATURES: FeatureNames = [
  [0x100, 'metadir'],
  [0x200, 'zoned'],
  [0x400, 'zone_gaps'],
];

/**
 * Reads the superblock of the file system that begins at `start`. Throws `XFS_DAMAGED`, and `XFS_UNSUPPORTED` with the
 * name of what is not read.
 */
export async function readVolume(read: ByteSource, start: number): Promise<Volume> {
  const from = async (offset: number, length: number) =>
    await readExactly(read, start + offset, length, 'xfs', 'XFS_DAMAGED');
  const head = await from(0, SUPERBLOCK);
  if (head.toString('latin1', 0, 4) !== MAGIC) throw damaged('there is no superblock');
  const version = head.readUInt16BE(100) & 0xf;
  if (version !== VERSION) throw unsupported(`it is of version ${version}; version 5 is read`);
  const sectorSize = head.readUInt16BE(102);
  const isSector = isPowerOf2(sectorSize) && sectorSize >= SECTOR && sectorSize <= 32_768;
  if (!isSector) throw damaged(`its sectors have ${sectorSize} bytes`);
  const superblock = await from(0, sectorSize);
  if (!isSealed(superblock, CHECKSUM)) throw damaged('its superblock has another checksum');
  checkFeatures(superblock);
  const sizes = readSizes(superblock);
  const { blockSize, blocks, groupBlocks, groupBits, groups } = sizes;
  const groupOf = (block: number): number => Math.floor(block / 2 ** groupBits);
  const countFrom = (block: number, most: number): number => {
    const here = Math.min(groupBlocks, blocks - groupOf(block) * groupBlocks);
    return Math.min(most, here - (block % 2 ** groupBits));
  };
  const placeOf = (block: number, count: number): number => {
    if (groupOf(block) >= groups || countFrom(block, count) < count)
      throw damaged(`there is no block ${block}`);
    return groupOf(block) * groupBlocks + (block % 2 ** groupBits);
  };
  const uuid = uuidFromBytes(superblock.subarray(32, 48));
  const hasOwn = (superblock.readUInt32BE(216) & HAS_OWN_UUID) !== 0;
  return {
    uuid,
    blockUuid: hasOwn ? uuidFromBytes(superblock.subarray(248, 264)) : uuid,
    label: untilNul(superblock.toString('latin1', 108, 120)),
    ...{ blockSize, blocks, folderBlocks: sizes.folderBlocks, inodeSize: sizes.inodeSize },
    root: readUint64(superblock, 56),
    log: sizes.log,
    readBlocks: async (block, count) => await from(placeOf(block, count) * blockSize, count * blockSize),
    countFrom,
    sectorOf: (block) => placeOf(block, 1) * (blockSize / SECTOR),
  };
}

interface Sizes extends Pick<Volume, 'blockSize' | 'blocks' | 'folderBlocks' | 'inodeSize' | 'log'> {
  readonly groups: number;
  readonly groupBlocks: number;
  readonly groupBits: number;
}

function readSizes(superblock: Buffer): Sizes {
  const blockSize = superblock.readUInt32BE(4);
  const blocks = readUint64(superblock, 8);
  const groupBlocks = superblock.readUInt32BE(84);
  const groups = superblock.readUInt32BE(88);
  const groupBits = superblock[124]!;
  const inodeSize = superblock.readUInt16BE(104);
  const folderBlocks = 2 ** superblock[192]!;
  const log = { block: readUint64(superblock, 48), blocks: superblock.readUInt32BE(96) };
  const isWhole = [
    isPowerOf2(blockSize) && blockSize >= 1024 && blockSize <= 65_536,
    groupBlocks > 0 && groups > 0 && groupBits <= 31 && groupBlocks <= 2 ** groupBits,
    blocks <= groups * groupBlocks && blocks > (groups - 1) * groupBlocks,
    isPowerOf2(inodeSize) && inodeSize >= 512 && inodeSize <= 2048 && inodeSize <= blockSize,
    blockSize * folderBlocks <= 65_536,
    log.blocks > 0,
  ].every(Boolean);
  if (!isWhole) throw damaged('the numbers in its superblock cannot be');
  if (log.block === 0) throw unsupported('its log lies on another device');
  return { blockSize, blocks, groups, groupBlocks, groupBits, inodeSize, folderBlocks, log };
}

function checkFeatures(superblock: Buffer): void {
  const features = superblock.readUInt32BE(216);
  if ((features & NEEDS_REPAIR) !== 0) throw damaged('it says that it wants a repair');
  const unread = features & ~READABLE;
  if (unread !== 0) throw unsupported(`its feature ${featureText(unread, OTHER_FEATURES)} is not read`);
}

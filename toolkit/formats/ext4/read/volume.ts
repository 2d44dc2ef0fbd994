import { buildError } from '../../../domain/errors.ts';
import { untilNul } from '../../../domain/text.ts';
import { uuidFromBytes } from '../../../domain/uuid.ts';
import { crc32cUpdate } from '../../crc32c.ts';
import { type FeatureNames, featureText } from '../../feature-names.ts';
import { type ByteSource, readExactly } from '../../source.ts';
import { addUint32, fileSystemSeed } from '../checksum.ts';
import type { ExtKind } from '../form.ts';
import { damaged, unsupported } from './errors.ts';

/** An ext4 file system as its superblock and descriptors tell of it. Sizes in bytes. */
export interface Volume {
  readonly kind: ExtKind;
  readonly uuid: string;
  readonly label: string;
  readonly hashSeed: string;
  readonly blockSize: number;
  /** How many blocks there are. */
  readonly blocks: number;
  readonly inodeSize: number;
  readonly inodes: number;
  readonly inodesPerGroup: number;
  /** Where the inode table of each group begins: a block; undefined for a group without inodes in use. */
  readonly inodeTables: readonly (number | undefined)[];
  /** What checksums begin with; undefined where the file system has none. */
  readonly seed: number | undefined;
  /** `count` blocks from `block` on. Throws `EXT4_DAMAGED` for what is outside the file system. */
  readBlocks(block: number, count: number): Promise<Buffer>;
}

const SUPERBLOCK_AT = 1024;
const SUPERBLOCK_SIZE = 1024;
const MAGIC = 0xef53;
const STATES = { clean: 1, errors: 2 } as const;
const CHECKSUM_IN_SUPERBLOCK = 0x2000;
const NEEDS_RECOVERY = 0x4;
const IS_64BIT = 0x80;
const HAS_JOURNAL = 0x4;
const HAS_EXTENTS = 0x40;
/** Features of which nothing is to be known to read files: 64bit, flex_bg, filetype, extent, mmp, csum_seed, largedir. */
const READABLE = 0x2 | 0x40 | IS_64BIT | 0x100 | 0x200 | CHECKSUM_IN_SUPERBLOCK | 0x4000;
/** Those that have to be known, and are not. Source: Linux, Documentation/filesystems/ext4/super.rst. */
const OTHER_FEATURES: FeatureNames = [
  [0x1, 'compression'],
  [0x8, 'journal_dev'],
  [0x10, 'meta_bg'],
  [0x400, 'ea_inode'],
  [0x1000, 'dirdata'],
  [0x8000, 'inline_data'],
  [0x10000, 'encrypt'],
  [0x20000, 'casefold'],
];
const READ_ONLY = { checksums: 0x400, orphans: 0x10000 } as const;
const INODES_UNUSED = 1;

/**
 * Reads superblock and group descriptors of the file system that begins at `start`. Throws `EXT4_DAMAGED`,
 * `EXT4_UNSUPPORTED` with the names of features, and `EXT4_JOURNAL` for one that was not unmounted.
 */
export async function readVolume(read: ByteSource, start: number): Promise<Volume> {
  const from = async (offset: number, length: number) =>
    await readExactly(read, start + offset, length, 'ext4', 'EXT4_DAMAGED');
  const superblock = await from(SUPERBLOCK_AT, SUPERBLOCK_SIZE);
  if (superblock.readUInt16LE(0x38) !== MAGIC) throw damaged('there is no superblock');
  const features = {
    incompat: superblock.readUInt32LE(0x60),
    readOnly: superblock.readUInt32LE(0x64),
  };
  checkFeatures(features.incompat);
  const hasChecksums = (features.readOnly & READ_ONLY.checksums) !== 0;
  if (hasChecksums) checkSuperblock(superblock);
  checkClean(superblock, features);
  const sizes = readSizes(superblock, (features.incompat & IS_64BIT) !== 0);
  const uuid = uuidFromBytes(superblock.subarray(0x68, 0x78));
  const stored = (features.incompat & CHECKSUM_IN_SUPERBLOCK) !== 0;
  const seed = stored ? superblock.readUInt32LE(0x270) : fileSystemSeed(uuid);
  const { blockSize, blocks } = sizes;
  const readBlocks = async (block: number, count: number): Promise<Buffer> => {
    if (block <= 0 || block + count > blocks) throw damaged(`there is no block ${block}`);
    return await from(block * blockSize, count * blockSize);
  };
  const descriptors = await from((sizes.firstBlock + 1) * blockSize, sizes.groups * sizes.descriptorSize);
  const hasJournal = (superblock.readUInt32LE(0x5c) & HAS_JOURNAL) !== 0;
  return {
    kind: (features.incompat & HAS_EXTENTS) !== 0 ? 'ext4' : hasJournal ? 'ext3' : 'ext2',
    uuid,
    hashSeed: uuidFromBytes(superblock.subarray(0xec, 0xfc)),
    label: untilNul(superblock.subarray(0x78, 0x88).toString('latin1')),
    ...{ blockSize, blocks, inodeSize: sizes.inodeSize },
    inodes: superblock.readUInt32LE(0x00),
    inodesPerGroup: sizes.inodesPerGroup,
    inodeTables: readTables(descriptors, sizes, hasChecksums ? seed : undefined),
    seed: hasChecksums ? seed : undefined,
    readBlocks,
  };
}

interface Sizes {
  readonly blockSize: number;
  readonly blocks: number;
  readonly firstBlock: number;
  readonly groups: number;
  readonly inodesPerGroup: number;
  readonly inodeSize: number;
  readonly descriptorSize: number;
}

function readSizes(superblock: Buffer, is64Bit: boolean): Sizes {
  const logSize = superblock.readUInt32LE(0x18);
  if (logSize > 6) throw damaged(`the size of its blocks is 2^${10 + logSize}`);
  const blockSize = 1024 << logSize;
  const blocks = superblock.readUInt32LE(0x04) + (is64Bit ? superblock.readUInt32LE(0x150) * 2 ** 32 : 0);
  const firstBlock = superblock.readUInt32LE(0x14);
  const blocksPerGroup = superblock.readUInt32LE(0x20);
  const inodesPerGroup = superblock.readUInt32LE(0x28);
  const inodeSize = superblock.readUInt32LE(0x4c) === 0 ? 128 : superblock.readUInt16LE(0x58);
  const descriptorSize = is64Bit ? superblock.readUInt16LE(0xfe) : 32;
  const groups = Math.ceil((blocks - firstBlock) / blocksPerGroup);
  const isWhole =
    blocks <= 2 ** 48 &&
    blocksPerGroup > 0 &&
    blocksPerGroup <= 8 * blockSize &&
    inodesPerGroup > 0 &&
    groups > 0 &&
    superblock.readUInt32LE(0x00) === groups * inodesPerGroup &&
    [128, 256, 512, 1024, 2048, 4096].includes(inodeSize) &&
    inodeSize <= blockSize &&
    (is64Bit ? descriptorSize >= 64 : true) &&
    descriptorSize <= blockSize;
  if (!isWhole) throw damaged('the numbers in its superblock cannot be');
  return { blockSize, blocks, firstBlock, groups, inodesPerGroup, inodeSize, descriptorSize };
}

function checkFeatures(incompat: number): void {
  const unread = incompat & ~(READABLE | NEEDS_RECOVERY);
  if (unread !== 0) throw unsupported(`its feature ${featureText(unread, OTHER_FEATURES)} is not read`);
}

function checkSuperblock(superblock: Buffer): void {
  const at = SUPERBLOCK_SIZE - 4;
  if (crc32cUpdate(0xffffffff, superblock, 0, at) !== superblock.readUInt32LE(at)) {
    throw damaged('its superblock has another checksum');
  }
}

/** What stands in a journal is not in the files yet. */
function checkClean(
  superblock: Buffer,
  { incompat, readOnly }: { readonly incompat: number; readonly readOnly: number },
): void {
  const state = superblock.readUInt16LE(0x3a);
  if ((state & STATES.errors) !== 0) throw damaged('the kernel found errors in it');
  const isOpen =
    (incompat & NEEDS_RECOVERY) !== 0 ||
    (state & STATES.clean) === 0 ||
    (readOnly & READ_ONLY.orphans) !== 0 ||
    superblock.readUInt32LE(0xe8) !== 0;
  if (!isOpen) return;
  throw buildError(
    'EXT4_JOURNAL',
    'ext4: it was not unmounted, and its journal holds what is not in its files yet.',
    {
      hint: 'Start the image and shut it down, or run e2fsck -fy on its root partition.',
    },
  );
}

function readTables(
  descriptors: Buffer,
  { descriptorSize, groups, blocks }: Sizes,
  seed: number | undefined,
): (number | undefined)[] {
  return Array.from({ length: groups }, (_, group) => {
    const bytes = Buffer.from(descriptors.subarray(group * descriptorSize, (group + 1) * descriptorSize));
    const high = descriptorSize >= 64 ? bytes.readUInt32LE(0x28) * 2 ** 32 : 0;
    const table = bytes.readUInt32LE(0x08) + high;
    if (seed !== undefined) {
      const said = bytes.readUInt16LE(0x1e);
      bytes.writeUInt16LE(0, 0x1e);
      if ((crc32cUpdate(addUint32(seed, group), bytes) & 0xffff) !== said) {
        throw damaged(`the descriptor of group ${group} has another checksum`);
      }
    }
    if (table === 0 || table >= blocks) throw damaged(`the inode table of group ${group} is nowhere`);
    return (bytes.readUInt16LE(0x12) & INODES_UNUSED) !== 0 && seed !== undefined ? undefined : table;
  });
}

import { buildError } from '../../../domain/errors.ts';
import { isPowerOf2 } from '../../../domain/round.ts';
import { untilNul } from '../../../domain/text.ts';
import { uuidFromBytes } from '../../../domain/uuid.ts';
import { type FeatureNames, featureText } from '../../feature-names.ts';
import { type ByteSource, readExactly } from '../../source.ts';
import { checksumOf, readUint64 } from '../bytes.ts';
import { KEYS, SUPERBLOCKS } from '../constants.ts';
import { KEY_SIZE, SIZE, SYSTEM_CHUNKS } from '../superblock.ts';
import { chunkMap } from './chunks.ts';
import { damaged, unsupported } from './errors.ts';
import { readItems, type TreePlace } from './items.ts';

/** A btrfs of one device as its superblock and its chunks tell of it. Sizes in bytes. */
export interface Volume {
  readonly uuid: string;
  readonly deviceUuid: string;
  /** Of the tree that tells where its chunks are: each of its nodes has it. */
  readonly chunkTreeUuid: string;
  readonly label: string;
  readonly size: number;
  /** The UUID that its nodes have. */
  readonly nodeUuid: string;
  readonly nodeSize: number;
  readonly sectorSize: number;
  /** The tree that has the places of the others. */
  readonly root: TreePlace;
  /** Bytes by their logical address. Throws `BTRFS_DAMAGED` for what is in no chunk. */
  readLogical(address: number, length: number): Promise<Buffer>;
}

const MAGIC = '_BHRfS_M';
const SYSTEM_ROOM = 2048;
/** Where a device has its UUID, and a node that of the chunk tree. */
const DEVICE_UUID = 66;
const NODE_CHUNK_TREE = 0x40;
const HAS_NODE_UUID = 0x400;
/**
 * Features that are read: mixed_backref, default_subvol, mixed_groups, compress_lzo and zstd, big_metadata,
 * extended_iref, skinny_metadata, no_holes, metadata_uuid, simple_quota.
 */
const READABLE = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x20 | 0x40 | 0x100 | 0x200 | HAS_NODE_UUID | 0x10000;
/** Those that have to be known, and are not. Source: Linux, include/uapi/linux/btrfs.h. */
const OTHER_FEATURES: FeatureNames = [
  [0x80, 'raid56'],
  [0x800, 'raid1c34'],
  [0x1000, 'zoned'],
  [0x2000, 'extent_tree_v2'],
  [0x4000, 'raid_stripe_tree'],
  [0x20000, 'remap_tree'],
];
const CHECKSUMS = ['crc32c', 'xxhash64', 'sha256', 'blake2b'];

/**
 * Reads superblock and chunks of the file system that begins at `start`. Throws `BTRFS_DAMAGED`, `BTRFS_UNSUPPORTED`
 * with the name of what is not read, and `BTRFS_LOG` for one that was not unmounted.
 */
export async function readVolume(read: ByteSource, start: number): Promise<Volume> {
  const from = async (offset: number, length: number) =>
    await readExactly(read, start + offset, length, 'btrfs', 'BTRFS_DAMAGED');
  const superblock = await from(SUPERBLOCKS[0], SIZE);
  if (superblock.toString('latin1', 0x40, 0x48) !== MAGIC) throw damaged('there is no superblock');
  checkSuperblock(superblock);
  const [sectorSize, nodeSize] = [superblock.readUInt32LE(0x90), superblock.readUInt32LE(0x94)];
  const isWhole = isPowerOf2(sectorSize) && isPowerOf2(nodeSize) && sectorSize >= 4096;
  if (!isWhole || sectorSize > nodeSize || nodeSize > 65_536) {
    throw damaged('the numbers in its superblock cannot be');
  }
  const uuid = uuidFromBytes(superblock.subarray(0x20, 0x30));
  const hasOwn = (superblock.readUInt32LE(0xbc) & HAS_NODE_UUID) !== 0;
  const chunks = chunkMap(readUint64(superblock, 0xc9));
  addSystemChunks(superblock, chunks.add);
  const chunkRoot = readUint64(superblock, 0x58);
  const own = {
    deviceUuid: uuidFromBytes(superblock.subarray(0xc9 + DEVICE_UUID, 0xc9 + DEVICE_UUID + 16)),
    chunkTreeUuid: uuidFromBytes(await from(chunks.placeOf(chunkRoot, nodeSize) + NODE_CHUNK_TREE, 16)),
  };
  const volume: Volume = {
    ...own,
    ...{ uuid, sectorSize, nodeSize, size: readUint64(superblock, 0x70) },
    nodeUuid: hasOwn ? uuidFromBytes(superblock.subarray(0x23b, 0x24b)) : uuid,
    label: untilNul(superblock.subarray(0x12b, 0x22b).toString()),
    root: {
      address: readUint64(superblock, 0x50),
      level: superblock[0xc6]!,
      generation: readUint64(superblock, 0x48),
    },
    readLogical: async (address, length) => await from(chunks.placeOf(address, length), length),
  };
  const chunkTree = {
    address: chunkRoot,
    level: superblock[0xc7]!,
    generation: readUint64(superblock, 0xa4),
  };
  await readItems(volume, chunkTree, ({ type, offset, data }) => {
    if (type === KEYS.chunk) chunks.add(offset, data);
  });
  return volume;
}

function checkSuperblock(superblock: Buffer): void {
  const kind = superblock.readUInt16LE(0xc4);
  if (kind !== 0) throw unsupported(`its checksums are ${CHECKSUMS[kind] ?? kind}; crc32c is read`);
  const isWhole =
    checksumOf(superblock, 0x20) === superblock.readUInt32LE(0) &&
    readUint64(superblock, 0x30) === SUPERBLOCKS[0];
  if (!isWhole) throw damaged('its superblock has another checksum');
  const unread = superblock.readUInt32LE(0xbc) & ~READABLE;
  if (unread !== 0 || superblock.readUInt32LE(0xc0) !== 0) {
    const text = featureText(unread, OTHER_FEATURES, readUint64(superblock, 0xbc));
    throw unsupported(`its feature ${text} is not read`);
  }
  const devices = readUint64(superblock, 0x88);
  if (devices !== 1) throw unsupported(`it lies on ${devices} devices`);
  if (readUint64(superblock, 0x60) !== 0) {
    throw buildError(
      'BTRFS_LOG',
      'btrfs: it was not unmounted, and its log tree has what is not in its files yet.',
      {
        hint: 'Start the image and shut it down, or mount and unmount the file system.',
      },
    );
  }
}

/** The chunks that the chunk tree itself lies in. */
function addSystemChunks(superblock: Buffer, add: (start: number, data: Buffer) => void): void {
  const size = superblock.readUInt32LE(0xa0);
  if (size > SYSTEM_ROOM) throw damaged('the numbers in its superblock cannot be');
  const bytes = superblock.subarray(SYSTEM_CHUNKS, SYSTEM_CHUNKS + size);
  for (let at = 0; at < size; ) {
    const data = at + KEY_SIZE + 48;
    const count = data > size || bytes[at + 8] !== KEYS.chunk ? 0 : bytes.readUInt16LE(at + KEY_SIZE + 44);
    const end = data + count * 32;
    if (count === 0 || end > size) throw damaged('the chunks in its superblock cannot be');
    add(readUint64(bytes, at + 9), bytes.subarray(at + KEY_SIZE, end));
    at = end;
  }
}

import { uuidFromBytes } from '../../../domain/uuid.ts';
import { isSealed, readUint64 } from '../bytes.ts';
import { damaged } from './errors.ts';
import type { Volume } from './volume.ts';

/** Where a block says what it is of. */
export interface BlockHeader {
  readonly checksum: number;
  readonly sector: number;
  readonly uuid: number;
  readonly owner: number;
}

/** Source: Linux, fs/xfs/libxfs/xfs_format.h and xfs_da_format.h. */
export const HEADERS = {
  /** Names of a directory. */
  names: { checksum: 4, sector: 8, uuid: 24, owner: 40 },
  /** Nodes and leaves by hash. */
  hashes: { checksum: 12, sector: 16, uuid: 32, owner: 48 },
  /** Nodes of a tree of extents. */
  extents: { checksum: 64, sector: 24, uuid: 40, owner: 56 },
  /** Values of attributes, and where a symlink leads to. */
  values: { checksum: 12, sector: 40, uuid: 16, owner: 32 },
} as const satisfies Readonly<Record<string, BlockHeader>>;

/**
 * Reads a block of what an inode has beside its content: one, or several that are one together. Throws `XFS_DAMAGED`
 * for one that is of something else, or has another checksum.
 */
export async function readOwned(
  volume: Volume,
  blocks: readonly number[],
  header: BlockHeader,
  inode: number,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (const block of blocks) pieces.push(await volume.readBlocks(block, 1));
  const bytes = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  const what = `block ${blocks[0]} of inode ${inode}`;
  if (!isSealed(bytes, header.checksum)) throw damaged(`${what} has another checksum`);
  const isOwn =
    readUint64(bytes, header.owner) === inode &&
    readUint64(bytes, header.sector) === volume.sectorOf(blocks[0]!) &&
    uuidFromBytes(bytes.subarray(header.uuid, header.uuid + 16)) === volume.blockUuid;
  if (!isOwn) throw damaged(`${what} is of something else`);
  return bytes;
}

import { uuidToBytes } from '../../domain/uuid.ts';
import { XFS_LABEL } from '../../domain/xfs.ts';
import { seal, writeInt64 } from './bytes.ts';
import {
  BLOCK,
  CHUNK_BLOCKS,
  INCOMPATIBLE,
  INODE,
  INODES_PER_BLOCK,
  RO_COMPATIBLE,
  SECTOR,
} from './constants.ts';
import { fileSystemBlock, type Geometry } from './geometry.ts';

/** What a file system is called. */
export interface XfsIdentity {
  readonly uuid: string;
  /** At most 12 bytes. */
  readonly label: string;
  /** Seconds since the epoch: the time of everything that the tree says none of. */
  readonly epoch: number;
}

/** What the superblock counts. */
export interface Totals {
  readonly inodes: number;
  readonly freeInodes: number;
  readonly freeBlocks: number;
  readonly hasAttributes: boolean;
}

/** Inodes of the root and of the two files that a realtime volume would have; all in the first chunk. */
export interface FirstInodes {
  readonly root: number;
  readonly bitmap: number;
  readonly summary: number;
}

/** nlink, align, logv2, extflg, dirv2, morebits; version 5 */
const VERSION = 0x20 | 0x80 | 0x400 | 0x1000 | 0x2000 | 0x8000 | 5;
const HAS_ATTRIBUTES = 0x10;
/** lazysbcount, attr2, projid32, crc */
const FEATURES2 = 0x2 | 0x8 | 0x80 | 0x100;
const TIB_BLOCKS = 1024 ** 4 / BLOCK;

/** The superblock of a group; all but the first one are copies for repair programs. */
export function encodeSuperblock(
  group: number,
  geometry: Geometry,
  first: FirstInodes,
  totals: Totals,
  { uuid, label }: XfsIdentity,
): Buffer {
  const { blocks, groups, groupBlocks, groupBits, log } = geometry;
  const bytes = Buffer.alloc(SECTOR);
  bytes.write('XFSB', 0, 'latin1');
  bytes.writeUInt32BE(BLOCK, 4);
  writeInt64(bytes, 8, blocks);
  bytes.set(uuidToBytes(uuid), 32);
  writeInt64(bytes, 48, fileSystemBlock(geometry, log.group * groupBlocks + log.start));
  writeInt64(bytes, 56, first.root);
  writeInt64(bytes, 64, first.bitmap);
  writeInt64(bytes, 72, first.summary);
  bytes.writeUInt32BE(1, 80);
  bytes.writeUInt32BE(groupBlocks, 84);
  bytes.writeUInt32BE(groups, 88);
  bytes.writeUInt32BE(log.blocks, 96);
  bytes.writeUInt16BE(VERSION | (totals.hasAttributes ? HAS_ATTRIBUTES : 0), 100);
  bytes.writeUInt16BE(SECTOR, 102);
  bytes.writeUInt16BE(INODE, 104);
  bytes.writeUInt16BE(INODES_PER_BLOCK, 106);
  bytes.set(Buffer.from(label).subarray(0, XFS_LABEL), 108);
  bytes.set([12, 9, 9, 3, groupBits], 120);
  // A copy is never mounted.
  bytes[126] = group === 0 ? 0 : 1;
  // Percents that inodes may take.
  bytes[127] = blocks < TIB_BLOCKS ? 25 : blocks < 50 * TIB_BLOCKS ? 5 : 1;
  writeInt64(bytes, 128, totals.inodes);
  writeInt64(bytes, 136, totals.freeInodes);
  writeInt64(bytes, 144, totals.freeBlocks);
  bytes.writeUInt32BE(CHUNK_BLOCKS, 180);
  bytes.writeUInt32BE(1, 196);
  bytes.writeUInt32BE(FEATURES2, 200);
  bytes.writeUInt32BE(FEATURES2, 204);
  bytes.writeUInt32BE(RO_COMPATIBLE, 212);
  bytes.writeUInt32BE(INCOMPATIBLE, 216);
  bytes.writeUInt32BE(CHUNK_BLOCKS / 2, 228);
  return seal(bytes, 224);
}

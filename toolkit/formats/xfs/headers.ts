import { uuidToBytes } from '../../domain/uuid.ts';
import { seal } from './bytes.ts';
import { CHUNK_INODES, FREE_LIST, INODES_PER_BLOCK, NONE32, ROOTS, SECTOR } from './constants.ts';
import { blocksOf, type Geometry } from './geometry.ts';
import type { GroupPlan } from './group.ts';
import { freeListStart } from './space.ts';
import { treeBlocks } from './tree.ts';

/** The header of a group's free space: its second sector. */
export function encodeSpaceHeader(plan: GroupPlan, geometry: Geometry, uuid: string): Buffer {
  const { group, free, reverse } = plan;
  const bytes = openHeader('XAGF', geometry, group);
  const counts = free.map(({ count }) => count);
  const words = [
    ...[ROOTS.bno, ROOTS.count, ROOTS.reverse],
    ...[1, 1, reverse.length],
    ...[0, FREE_LIST - 1, FREE_LIST],
    counts.reduce((sum, count) => sum + count, 0),
    Math.max(0, ...counts),
    treeBlocks(reverse) - 1,
  ];
  for (const [index, word] of words.entries()) bytes.writeUInt32BE(word, 16 + 4 * index);
  bytes.set(uuidToBytes(uuid), 64);
  bytes.writeUInt32BE(treeBlocks(reverse), 80);
  bytes.writeUInt32BE(1, 84);
  bytes.writeUInt32BE(ROOTS.references, 88);
  bytes.writeUInt32BE(1, 92);
  return seal(bytes, 216);
}

/** The header of a group's inodes: its third sector. */
export function encodeInodeHeader(plan: GroupPlan, geometry: Geometry, uuid: string): Buffer {
  const { group, chunks, inodes } = plan;
  const bytes = openHeader('XAGI', geometry, group);
  const count = chunks.length * CHUNK_INODES;
  const last = chunks.at(-1);
  bytes.writeUInt32BE(count, 16);
  bytes.writeUInt32BE(ROOTS.inode, 20);
  bytes.writeUInt32BE(inodes.length, 24);
  bytes.writeUInt32BE(
    chunks.reduce((free, { used }) => free - used, count),
    28,
  );
  bytes.writeUInt32BE(last === undefined ? NONE32 : last.start * INODES_PER_BLOCK, 32);
  // No directory is remembered, and no file is open that has no name.
  bytes.fill(0xff, 36, 296);
  bytes.set(uuidToBytes(uuid), 296);
  bytes.writeUInt32BE(ROOTS.freeInode, 328);
  bytes.writeUInt32BE(1, 332);
  bytes.writeUInt32BE(treeBlocks(inodes), 336);
  bytes.writeUInt32BE(1, 340);
  return seal(bytes, 312);
}

/** Blocks that the trees of a group's free space may take: its fourth sector. */
export function encodeFreeList(geometry: Geometry, group: number, uuid: string): Buffer {
  const bytes = Buffer.alloc(SECTOR, 0xff);
  bytes.fill(0, 0, 36);
  bytes.write('XAFL', 0, 'latin1');
  bytes.writeUInt32BE(group, 4);
  bytes.set(uuidToBytes(uuid), 8);
  const start = freeListStart(geometry, group);
  for (let index = 0; index < FREE_LIST; index += 1) bytes.writeUInt32BE(start + index, 36 + 4 * index);
  return seal(bytes, 32);
}

function openHeader(magic: string, geometry: Geometry, group: number): Buffer {
  const bytes = Buffer.alloc(SECTOR);
  bytes.write(magic, 0, 'latin1');
  bytes.writeUInt32BE(1, 4);
  bytes.writeUInt32BE(group, 8);
  bytes.writeUInt32BE(blocksOf(geometry, group), 12);
  return bytes;
}

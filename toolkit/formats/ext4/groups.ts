import { crc32cUpdate } from '../crc32c.ts';
import { addUint32, type Seed } from './checksum.ts';
import { BLOCK, BLOCKS_PER_GROUP } from './constants.ts';
import { baseBlocks, type Geometry, groupBlocks, hasSuperblock, type Zone } from './geometry.ts';

/** What is used of a group. */
export interface GroupUse {
  readonly freeBlocks: number;
  readonly freeInodes: number;
  readonly directories: number;
  /**
   * Whether anything lies in it but copies of superblock and descriptors; else its block bitmap is not written.
   * Without checksums all are.
   */
  readonly hasBlocks: boolean;
  readonly hasInodes: boolean;
}

/** Of all descriptors, in bytes. */
const LARGEST = 64;
const FLAGS = { inodesUnused: 1, blocksUnused: 2, tableZeroed: 4 } as const;

/**
 * Use of every group. Blocks below `frontier` are used, and all of the zones; inodes from 1 to `lastInode`, of
 * which `directories` are those of directories.
 */
export function groupUses(
  geometry: Geometry,
  frontier: number,
  lastInode: number,
  directories: Iterable<number>,
): GroupUse[] {
  const { inodesPerGroup, groups, form } = geometry;
  const counts = new Uint32Array(groups.length);
  for (const inode of directories) counts[Math.floor((inode - 1) / inodesPerGroup)]! += 1;
  return groups.map((_, group) => {
    const usedInodes = usedInodesOf(geometry, group, lastInode);
    const taken = usedRanges(geometry, group, frontier);
    const usedBlocks = taken.reduce((sum, { start, end }) => sum + end - start, 0);
    const base = hasSuperblock(group) ? baseBlocks(geometry) : 0;
    return {
      freeBlocks: groupBlocks(geometry, group) - usedBlocks,
      freeInodes: inodesPerGroup - usedInodes,
      directories: counts[group]!,
      // The last group's bitmap also says where the file system ends.
      hasBlocks: !form.hasChecksums || usedBlocks > base || group === groups.length - 1,
      hasInodes: !form.hasChecksums || usedInodes > 0,
    };
  });
}

/** The block bitmap of a group; what is behind its end counts as used. */
export function blockBitmap(geometry: Geometry, group: number, frontier: number): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  for (const { start, end } of usedRanges(geometry, group, frontier)) setBits(bytes, start, end);
  setBits(bytes, groupBlocks(geometry, group), BLOCKS_PER_GROUP);
  return bytes;
}

export function inodeBitmap(geometry: Geometry, group: number, lastInode: number): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  setBits(bytes, 0, usedInodesOf(geometry, group, lastInode));
  setBits(bytes, geometry.inodesPerGroup, 8 * BLOCK);
  return bytes;
}

/** All descriptors, in whole blocks. `seed` is the file system's. Source: ext4/group_descr.rst. */
export function encodeDescriptors(
  geometry: Geometry,
  uses: readonly GroupUse[],
  frontier: number,
  lastInode: number,
  seed: Seed,
): Buffer {
  const table = Buffer.alloc(geometry.descriptorBlocks * BLOCK);
  const { descriptorSize } = geometry.form;
  for (const [group, use] of uses.entries()) {
    const bytes = Buffer.alloc(LARGEST);
    const place = geometry.groups[group]!;
    writeSplit(bytes, 0x00, 0x20, place.blockBitmap);
    writeSplit(bytes, 0x04, 0x24, place.inodeBitmap);
    writeSplit(bytes, 0x08, 0x28, place.inodeTable);
    writeHalves(bytes, 0x0c, 0x2c, use.freeBlocks);
    writeHalves(bytes, 0x0e, 0x2e, use.freeInodes);
    writeHalves(bytes, 0x10, 0x30, use.directories);
    if (seed === undefined) {
      table.set(bytes.subarray(0, descriptorSize), group * descriptorSize);
      continue;
    }
    const unused = (use.hasInodes ? 0 : FLAGS.inodesUnused) | (use.hasBlocks ? 0 : FLAGS.blocksUnused);
    bytes.writeUInt16LE(unused | FLAGS.tableZeroed, 0x12);
    if (use.hasBlocks) {
      const bitmap = blockBitmap(geometry, group, frontier);
      writeHalves(bytes, 0x18, 0x38, crc32cUpdate(seed, bitmap));
    }
    if (use.hasInodes) {
      const bitmap = inodeBitmap(geometry, group, lastInode);
      writeHalves(bytes, 0x1a, 0x3a, crc32cUpdate(seed, bitmap, 0, geometry.inodesPerGroup / 8));
    }
    // Used inodes are the first ones.
    writeHalves(bytes, 0x1c, 0x32, use.freeInodes);
    bytes.writeUInt16LE(crc32cUpdate(addUint32(seed, group), bytes) & 0xffff, 0x1e);
    table.set(bytes, group * descriptorSize);
  }
  return table;
}

function usedInodesOf({ inodesPerGroup }: Geometry, group: number, lastInode: number): number {
  return Math.min(Math.max(lastInode - group * inodesPerGroup, 0), inodesPerGroup);
}

/** What is used of a group, counted from its start: ascending, apart. */
function usedRanges(geometry: Geometry, group: number, frontier: number): Zone[] {
  const first = group * BLOCKS_PER_GROUP;
  const count = groupBlocks(geometry, group);
  const full = Math.min(Math.max(frontier - first, 0), count);
  const ranges: Zone[] = full > 0 ? [{ start: 0, end: full }] : [];
  const { zones } = geometry;
  for (let at = firstZone(zones, first + full); at < zones.length; at += 1) {
    const start = Math.max(zones[at]!.start - first, full);
    const end = Math.min(zones[at]!.end - first, count);
    if (start >= count) break;
    if (end > start) ranges.push({ start, end });
  }
  return ranges;
}

/** Index of the first zone that ends after a block. */
function firstZone(zones: readonly Zone[], block: number): number {
  let low = 0;
  let high = zones.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (zones[middle]!.end > block) high = middle;
    else low = middle + 1;
  }
  return low;
}

function setBits(bytes: Buffer, from: number, to: number): void {
  let at = from;
  for (; at < to && at % 8 !== 0; at += 1) bytes[at >> 3]! |= 1 << (at & 7);
  bytes.fill(0xff, at >> 3, Math.max(at, to) >> 3);
  for (at = Math.max(at, to & ~7); at < to; at += 1) bytes[at >> 3]! |= 1 << (at & 7);
}

function writeSplit(bytes: Buffer, low: number, high: number, block: number): void {
  bytes.writeUInt32LE(block % 2 ** 32, low);
  bytes.writeUInt32LE(Math.floor(block / 2 ** 32), high);
}

function writeHalves(bytes: Buffer, low: number, high: number, value: number): void {
  bytes.writeUInt16LE(value & 0xffff, low);
  bytes.writeUInt16LE(value >>> 16, high);
}

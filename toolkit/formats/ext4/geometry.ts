import { usageError } from '../../domain/errors.ts';
import { BLOCK, BLOCKS_PER_GROUP, INODE_SIZE } from './constants.ts';
import { type ExtForm, FORMS } from './form.ts';

/** Blocks from `start` up to `end`, without it. */
export interface Zone {
  readonly start: number;
  readonly end: number;
}

/** Blocks where the bitmaps and the inode table of a group are. */
export interface GroupPlace {
  readonly blockBitmap: number;
  readonly inodeBitmap: number;
  readonly inodeTable: number;
}

/** Where everything of a file system is that does not depend on what is in it. In blocks. */
export interface Geometry {
  readonly form: ExtForm;
  readonly blocks: number;
  readonly groups: readonly GroupPlace[];
  readonly inodesPerGroup: number;
  /** Blocks of each group's inode table. */
  readonly tableBlocks: number;
  readonly descriptorBlocks: number;
  /** Blocks behind each copy of the descriptors, kept for growing. */
  readonly reservedBlocks: number;
  /** All that is taken by metadata: ascending, apart. */
  readonly zones: readonly Zone[];
}

const INODES_PER_BLOCK = BLOCK / INODE_SIZE;
const ADDRESSES_PER_BLOCK = BLOCK / 4;
/** A last group with fewer blocks than this to use is left out. */
const LEAST_ROOM = 50;
/** What an address of 32 bits tells apart. */
const MOST_ADDRESSES = 2 ** 32 - 1;

/**
 * Divides `size` bytes into groups as mke2fs does. `inodes` is how many there are at least. A rest that no group
 * can be made of stays unused. Throws `EXT4_SIZE` for a size that holds no file system or cannot have that many
 * inodes.
 */
export function planGeometry(size: number, inodes: number, form: ExtForm = FORMS.ext4): Geometry {
  if (!Number.isSafeInteger(size) || size < BLOCK) throw sizeError(size, inodes);
  let blocks = Math.floor(size / BLOCK);
  if (!form.hasExtents && blocks > MOST_ADDRESSES) throw sizeError(size, inodes);
  for (;;) {
    const facts = countGroups(blocks, inodes, form);
    const last = facts.groupCount - 1;
    const rest = blocks - last * BLOCKS_PER_GROUP;
    const taken = 2 + facts.tableBlocks + (hasSuperblock(last) ? baseBlocks(facts) : 0);
    if (rest < BLOCKS_PER_GROUP && rest < taken + LEAST_ROOM) {
      if (last === 0) throw sizeError(size, inodes);
      blocks -= rest;
      continue;
    }
    if (facts.inodesPerGroup > BLOCKS_PER_GROUP) throw sizeError(size, inodes);
    return { form, blocks, ...facts, ...placeMetadata(facts, form) };
  }
}

/** Whether a group starts with a copy of superblock and descriptors: 0, 1 and powers of 3, 5 and 7. */
export function hasSuperblock(group: number): boolean {
  return group <= 1 || [3, 5, 7].some((base) => isPower(group, base));
}

/** Groups above 0 that have a copy, ascending. */
export function backupGroups({ groups }: Pick<Geometry, 'groups'>): number[] {
  return groups.map((_, group) => group).filter((group) => group > 0 && hasSuperblock(group));
}

/** Blocks of a group; the last may have fewer. */
export function groupBlocks({ blocks }: Pick<Geometry, 'blocks'>, group: number): number {
  return Math.min(BLOCKS_PER_GROUP, blocks - group * BLOCKS_PER_GROUP);
}

/** Blocks of a copy of superblock and descriptors, with what is kept for growing. */
export function baseBlocks({
  descriptorBlocks,
  reservedBlocks,
}: Pick<Geometry, 'descriptorBlocks' | 'reservedBlocks'>): number {
  return 1 + descriptorBlocks + reservedBlocks;
}

function isPower(value: number, base: number): boolean {
  let power = base;
  while (power < value) power *= base;
  return power === value;
}

interface GroupFacts {
  readonly groupCount: number;
  readonly inodesPerGroup: number;
  readonly tableBlocks: number;
  readonly descriptorBlocks: number;
  readonly reservedBlocks: number;
}

function countGroups(blocks: number, inodes: number, { descriptorSize }: ExtForm): GroupFacts {
  const perBlock = BLOCK / descriptorSize;
  const groupCount = Math.ceil(blocks / BLOCKS_PER_GROUP);
  const tableBlocks = Math.ceil(Math.max(inodes, 16) / groupCount / INODES_PER_BLOCK);
  const descriptorBlocks = Math.ceil(groupCount / perBlock);
  // Room to grow to 1024 times the size, as far as a block of addresses reaches.
  const most = Math.min(blocks * 1024, MOST_ADDRESSES);
  const mostDescriptors = Math.ceil(Math.ceil(most / BLOCKS_PER_GROUP) / perBlock);
  const reservedBlocks = Math.min(Math.max(mostDescriptors - descriptorBlocks, 0), ADDRESSES_PER_BLOCK);
  const inodesPerGroup = tableBlocks * INODES_PER_BLOCK;
  return { groupCount, inodesPerGroup, tableBlocks, descriptorBlocks, reservedBlocks };
}

function placeMetadata(facts: GroupFacts, { groupsPerFlex }: ExtForm): Pick<Geometry, 'groups' | 'zones'> {
  const { groupCount, tableBlocks } = facts;
  const copies: Zone[] = [];
  for (let group = 0; group < groupCount; group += 1) {
    const start = group * BLOCKS_PER_GROUP;
    if (hasSuperblock(group)) copies.push({ start, end: start + baseBlocks(facts) });
  }
  const zones = [...copies];
  const groups: GroupPlace[] = [];
  let next = 0;
  let free = 0;
  const take = (count: number): number => {
    while (next < copies.length && copies[next]!.start < free + count) {
      free = Math.max(free, copies[next]!.end);
      next += 1;
    }
    const start = free;
    zones.push({ start, end: start + count });
    free += count;
    return start;
  };
  for (let first = 0; first < groupCount; first += groupsPerFlex) {
    const count = Math.min(groupsPerFlex, groupCount - first);
    free = Math.max(free, first * BLOCKS_PER_GROUP);
    const blockBitmaps = take(count);
    const inodeBitmaps = take(count);
    for (let index = 0; index < count; index += 1) {
      groups.push({
        blockBitmap: blockBitmaps + index,
        inodeBitmap: inodeBitmaps + index,
        inodeTable: take(tableBlocks),
      });
    }
  }
  return { groups, zones: zones.sort((a, b) => a.start - b.start) };
}

function sizeError(size: number, inodes: number): Error {
  return usageError('EXT4_SIZE', `A file system of ${size} bytes cannot be made with ${inodes} inodes.`, {
    hint: 'Give it more room.',
  });
}

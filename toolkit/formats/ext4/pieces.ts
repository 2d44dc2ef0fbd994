import { uuidToBytes } from '../../domain/uuid.ts';
import type { EncodedPiece, FileSystemPiece } from '../file-system-pieces.ts';
import { inodeSeed, type Seed } from './checksum.ts';
import { BLOCK, BLOCKS_PER_GROUP, INODE_SIZE, INODES } from './constants.ts';
import { type ContentMap, mapBlocks, writeMap } from './content-map.ts';
import { encodeDirectory } from './directory.ts';
import { backupGroups, type Geometry } from './geometry.ts';
import { blockBitmap, encodeDescriptors, type GroupUse, inodeBitmap } from './groups.ts';
import { INODE_BLOCK_SIZE } from './inode.ts';
import { encodeInodeTable, journalSize } from './inode-table.ts';
import { encodeJournal } from './journal.ts';
import { isSlowSymlink, type PlacedInode, type Placement } from './place.ts';
import { encodeDoubleIndirect, encodeReserved } from './resize.ts';
import { type Ext4Identity, encodeSuperblock, SUPERBLOCK_SIZE } from './superblock.ts';
import { planXattrs, sealXattrBlock } from './xattr.ts';

/** Everything that the pieces are made of. */
export interface Ext4Layout {
  readonly geometry: Geometry;
  readonly identity: Ext4Identity;
  readonly placement: Placement;
  readonly uses: readonly GroupUse[];
  readonly frontier: number;
  readonly lastInode: number;
  readonly seed: Seed;
}

/** Blocks of a directory that are made at once. */
const DIRECTORY_STEP = 256;

/** All pieces, ascending. */
export function* allPieces(layout: Ext4Layout): Generator<FileSystemPiece> {
  const metadata = zonePieces(layout).sort((a, b) => a.offset - b.offset);
  let next = 0;
  for (const piece of dataPieces(layout)) {
    for (; next < metadata.length && metadata[next]!.offset < piece.offset; next += 1) yield metadata[next]!;
    yield piece;
  }
  yield* metadata.slice(next);
}

function zonePieces(layout: Ext4Layout): EncodedPiece[] {
  const { geometry, identity, placement, uses, frontier, lastInode, seed } = layout;
  const { descriptorBlocks, reservedBlocks, inodesPerGroup } = geometry;
  const descriptors = encodeDescriptors(geometry, uses, frontier, lastInode, seed);
  const { journal } = placement;
  const root = Buffer.alloc(INODE_BLOCK_SIZE);
  writeMap(root, 0, journal);
  const place = { root, size: journalSize(journal) };
  const pieces: EncodedPiece[] = [];
  const add = (offset: number, length: number, encode: () => Uint8Array) =>
    pieces.push({ offset, length, encode });
  for (const group of [0, ...backupGroups(geometry)]) {
    const offset = group * BLOCKS_PER_GROUP * BLOCK;
    const superblock = () => encodeSuperblock(geometry, uses, identity, place, group);
    // The first one has room for a boot sector before it.
    add(offset + (group === 0 ? SUPERBLOCK_SIZE : 0), SUPERBLOCK_SIZE, superblock);
    add(offset + BLOCK, descriptorBlocks * BLOCK, () => descriptors);
  }
  add((1 + descriptorBlocks) * BLOCK, reservedBlocks * BLOCK, () => encodeReserved(geometry));
  for (const [group, { hasBlocks, hasInodes, freeInodes }] of uses.entries()) {
    const at = geometry.groups[group]!;
    if (hasBlocks) add(at.blockBitmap * BLOCK, BLOCK, () => blockBitmap(geometry, group, frontier));
    const usedInodes = inodesPerGroup - freeInodes;
    if (!hasInodes) continue;
    add(at.inodeBitmap * BLOCK, BLOCK, () => inodeBitmap(geometry, group, lastInode));
    if (usedInodes === 0) continue;
    add(at.inodeTable * BLOCK, usedInodes * INODE_SIZE, () =>
      encodeInodeTable(geometry, placement, group, identity.epoch, seed),
    );
  }
  return pieces;
}

/** In the order in which `placeInodes` gave the blocks. */
function* dataPieces({ geometry, identity, placement, seed }: Ext4Layout): Generator<FileSystemPiece> {
  const { resize, inodes, journal } = placement;
  yield { ...oneBlock(resize), encode: () => encodeDoubleIndirect(geometry) };
  for (const placed of inodes) if (placed.directory !== undefined) yield* directoryPieces(placed, seed);
  for (const placed of inodes) yield* smallPieces(placed, seed);
  const [log] = journal.extents;
  if (log !== undefined) {
    const journalBlocks = journalSize(journal) / BLOCK;
    const encode = () => encodeJournal(journalBlocks, uuidToBytes(identity.uuid));
    yield { ...oneBlock(log.start), encode };
    yield* mapPieces(journal, inodeSeed(seed, INODES.journal));
  }
  for (const { node, content } of inodes) {
    const { entry, inode } = node;
    if (entry.type !== 'file') continue;
    for (const { logical, start, length } of content.extents) {
      const from = logical * BLOCK;
      yield { offset: start * BLOCK, length: Math.min(length * BLOCK, entry.size - from), entry, from };
    }
    if (content.blocks.length > 0) yield* mapPieces(content, inodeSeed(seed, inode));
  }
}

function* directoryPieces({ node, directory, content }: PlacedInode, seed: Seed): Generator<EncodedPiece> {
  const own = inodeSeed(seed, node.inode);
  for (const { logical, start, length } of content.extents) {
    for (let at = 0; at < length; at += DIRECTORY_STEP) {
      const count = Math.min(DIRECTORY_STEP, length - at);
      yield {
        offset: (start + at) * BLOCK,
        length: count * BLOCK,
        encode: () => encodeDirectory(node, directory!, logical + at, count, own),
      };
    }
  }
  yield* mapPieces(content, own);
}

function* smallPieces({ node, content, xattrBlock }: PlacedInode, seed: Seed): Generator<EncodedPiece> {
  const { entry } = node;
  if (xattrBlock !== 0) {
    const encode = () => sealXattrBlock(planXattrs(entry).block!, xattrBlock, seed);
    yield { ...oneBlock(xattrBlock), encode };
  }
  if (isSlowSymlink(entry)) {
    const target = entry.target!;
    yield { offset: content.extents[0]!.start * BLOCK, length: target.length, encode: () => target };
  }
}

function* mapPieces(map: ContentMap, seed: Seed): Generator<EncodedPiece> {
  for (const { block, encode } of mapBlocks(map, seed)) yield { ...oneBlock(block), encode };
}

function oneBlock(block: number): { readonly offset: number; readonly length: number } {
  return { offset: block * BLOCK, length: BLOCK };
}

import { uuidToBytes } from '../../domain/uuid.ts';
import type { EncodedPiece, FileSystemPiece } from '../file-system-pieces.ts';
import { encodeAttributes } from './attributes.ts';
import { seal, writeInt64 } from './bytes.ts';
import { encodeChunk, namesOf, parentOf } from './chunk.ts';
import { BLOCK, CHUNK_BLOCKS, CHUNK_INODES, SECTOR } from './constants.ts';
import { encodeDirectory } from './directory.ts';
import { type FileExtent, mapBlocks } from './extents.ts';
import type { PlacedFile } from './files.ts';
import { encodeHead, encodeTrees, freeBlocks } from './group.ts';
import type { BlockHome } from './hash-tree.ts';
import { encodeCleanLog } from './log.ts';
import { REALTIME, type XfsPlan } from './plan.ts';
import { encodeSuperblock, type Totals } from './superblock.ts';
import { treeBlocks } from './tree.ts';

/** All pieces, ascending. */
export function* xfsPieces(plan: XfsPlan): Generator<FileSystemPiece> {
  const fixed = fixedPieces(plan);
  let next = 0;
  for (const piece of filePieces(plan)) {
    for (; next < fixed.length && fixed[next]!.offset < piece.offset; next += 1) yield fixed[next]!;
    yield piece;
  }
  yield* fixed.slice(next);
}

/** Heads of the groups, their trees, and the log. */
function fixedPieces(plan: XfsPlan): EncodedPiece[] {
  const { geometry, groups, identity, files } = plan;
  const { groupBlocks, log } = geometry;
  const totals = totalsOf(plan);
  const root = files[0]!.inode;
  const first = { root, bitmap: root + 1, summary: root + 2 };
  return groups.flatMap((group) => {
    const base = group.group * groupBlocks;
    const head = (): Buffer => {
      const bytes = encodeHead(group, geometry, identity.uuid);
      bytes.set(encodeSuperblock(group.group, geometry, first, totals, identity));
      return bytes;
    };
    const pieces = [{ offset: base * BLOCK, length: log.start * BLOCK, encode: head }];
    if (group.group === log.group) {
      const encode = () => encodeCleanLog(identity.uuid);
      pieces.push({ offset: (base + log.start) * BLOCK, length: 2 * SECTOR, encode });
    }
    const trees = treeBlocks(group.inodes) + treeBlocks(group.reverse) - 2;
    if (trees > 0) {
      const encode = () => Buffer.concat([...encodeTrees(group, geometry, identity.uuid)]);
      pieces.push({ offset: (base + group.treesAt) * BLOCK, length: trees * BLOCK, encode });
    }
    return pieces;
  });
}

function totalsOf({ chunks, files, groups }: XfsPlan): Totals {
  const inodes = chunks.length * CHUNK_INODES;
  return {
    inodes,
    freeInodes: inodes - files.length - REALTIME,
    freeBlocks: groups.reduce((sum, group) => sum + freeBlocks(group), 0),
    hasAttributes: files.some(({ attributes }) => attributes !== undefined),
  };
}

/** Inodes, then what tells of files, then what is in them: in the order in which the blocks were given out. */
function* filePieces(plan: XfsPlan): Generator<FileSystemPiece> {
  const { chunks, files } = plan;
  for (const [index, block] of chunks.entries()) {
    const encode = () => encodeChunk(plan, index);
    yield { offset: block * BLOCK, length: CHUNK_BLOCKS * BLOCK, encode };
  }
  for (const file of files) {
    yield* attributePieces(file, plan);
    if (file.node.entry.type === 'file') continue;
    yield* ownPieces(file, plan);
    yield* treePieces(file, plan);
  }
  for (const file of files) {
    if (file.node.entry.type !== 'file') continue;
    yield* contentPieces(file);
    yield* treePieces(file, plan);
  }
}

function attributePieces(file: PlacedFile, { identity }: XfsPlan): Generator<EncodedPiece> {
  const { attributes, attributeMap } = file;
  const { extents } = attributeMap;
  return blockPieces(extents, () =>
    attributes?.kind === 'blocks' ? encodeAttributes(attributes, homeOf(file, extents, identity.uuid)) : [],
  );
}

/** Blocks of a folder, or of where a symlink leads to. */
function ownPieces(file: PlacedFile, plan: XfsPlan): Generator<EncodedPiece> {
  const { directory, map, node } = file;
  return blockPieces(map.extents, () => {
    const home = homeOf(file, map.extents, plan.identity.uuid);
    return directory === undefined
      ? [encodeTarget(node.entry.target!, home)]
      : encodeDirectory(directory, parentOf(file, plan), namesOf(file, plan), home);
  });
}

function* contentPieces({ node, map }: PlacedFile): Generator<FileSystemPiece> {
  const { entry } = node;
  for (const { offset, block, count } of map.extents) {
    const from = offset * BLOCK;
    yield { offset: block * BLOCK, length: Math.min(count * BLOCK, entry.size - from), entry, from };
  }
}

function* treePieces({ map, inode }: PlacedFile, { identity, geometry }: XfsPlan): Generator<EncodedPiece> {
  for (const { block, encode } of mapBlocks(map, inode, identity.uuid, geometry)) {
    yield { offset: block * BLOCK, length: BLOCK, encode };
  }
}

/** Blocks that are made together, at the places that they have. */
function* blockPieces(extents: readonly FileExtent[], make: () => Iterable<Buffer>): Generator<EncodedPiece> {
  let made: readonly Buffer[] | undefined;
  let first = 0;
  for (const { block, count } of extents) {
    const from = first;
    const encode = (): Buffer => {
      made ??= [...make()];
      return Buffer.concat(made.slice(from, from + count));
    };
    yield { offset: block * BLOCK, length: count * BLOCK, encode };
    first += count;
  }
}

function homeOf({ inode }: PlacedFile, extents: readonly FileExtent[], uuid: string): BlockHome {
  const placeOf = (index: number): number => {
    const { block, offset } = extents.find(
      (extent) => index >= extent.offset && index < extent.offset + extent.count,
    )!;
    return block + index - offset;
  };
  return { owner: inode, uuid, placeOf };
}

function encodeTarget(target: Uint8Array, { owner, uuid, placeOf }: BlockHome): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  bytes.write('XSLM', 0, 'latin1');
  bytes.writeUInt32BE(target.length, 8);
  bytes.set(uuidToBytes(uuid), 16);
  writeInt64(bytes, 32, owner);
  writeInt64(bytes, 40, placeOf(0) * (BLOCK / SECTOR));
  bytes.set(target, 56);
  return seal(bytes, 12);
}

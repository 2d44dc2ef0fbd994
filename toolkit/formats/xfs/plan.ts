import { usageError } from '../../domain/errors.ts';
import type { ManifestEntry } from '../../domain/manifest.ts';
import { planInodes } from '../inodes.ts';
import { BLOCK, CHUNK_INODES } from './constants.ts';
import { treeError } from './errors.ts';
import { type PlacedFile, placeContents, placeFile } from './files.ts';
import { type Geometry, inodeNumber, planGeometry } from './geometry.ts';
import { type GroupPlan, planGroup } from './group.ts';
import { Space } from './space.ts';
import type { XfsIdentity } from './superblock.ts';

export interface XfsOptions extends XfsIdentity {
  /** Bytes that the file system may take. */
  readonly size: number;
}

/** A whole file system. */
export interface XfsPlan {
  /** Bytes; at most the size that was asked for. */
  readonly size: number;
  readonly identity: XfsIdentity;
  readonly geometry: Geometry;
  readonly groups: readonly GroupPlan[];
  /** First blocks of the chunks of inodes, ascending. */
  readonly chunks: readonly number[];
  /** All files by their inodes: the root and, behind the two of a realtime volume, the others. */
  readonly files: readonly PlacedFile[];
}

/** The second and the third inode: of a realtime volume, which there is none of. */
export const REALTIME = 2;
const MIB = 1024 ** 2;
const MAX_LINKS = 2 ** 31 - 1;

/**
 * Lays an XFS out that holds a tree. The same entries, in any order, give the same bytes. Throws `XFS_FULL` saying how
 * much is missing, `XFS_SIZE` and `XFS_TREE`. Source: XFS Algorithms & Data Structures; Linux, fs/xfs/libxfs.
 */
export function planXfs(entries: readonly ManifestEntry[], options: XfsOptions): XfsPlan {
  const { size: asked, ...identity } = options;
  const geometry = planGeometry(asked);
  const nodes = planInodes(entries, { first: 0, mostLinks: MAX_LINKS, error: treeError });
  const space = new Space(geometry);
  const slots = nodes.length + REALTIME;
  const chunks = space.takeChunks(Math.ceil(slots / CHUNK_INODES));
  const numberOf = (slot: number): number =>
    inodeNumber(geometry, chunks[Math.floor(slot / CHUNK_INODES)]!, slot % CHUNK_INODES);
  // What tells of files comes first, then what is in them.
  const files = nodes.map((node) => placeFile(node, numberOf(slotOf(node.inode)), space));
  for (const file of files) placeContents(file, space);
  if (space.missing > 0) throw fullError(space.missing, geometry);
  const groups = space.runs().map((runs, group) => {
    const { groupBlocks } = geometry;
    const own = [...chunks.entries()].filter(([, block]) => Math.floor(block / groupBlocks) === group);
    const ofGroup = own.map(([index, block]) => {
      return {
        start: block - group * groupBlocks,
        used: Math.min(CHUNK_INODES, slots - index * CHUNK_INODES),
      };
    });
    return planGroup(geometry, group, runs, ofGroup);
  });
  return { size: geometry.blocks * BLOCK, identity, geometry, groups, chunks, files };
}

/** Where among all inodes the one is that stands at `index` of the tree. */
export function slotOf(index: number): number {
  return index === 0 ? 0 : index + REALTIME;
}

function fullError(missing: number, { blocks }: Geometry): Error {
  const size = Math.floor((blocks * BLOCK) / MIB);
  // A part of what is added is kept for trees; the groups begin elsewhere then.
  const more = Math.ceil((missing * 1.03 * BLOCK) / MIB) + 1;
  return usageError('XFS_FULL', `The files need ${more} MiB more than ${size} MiB give.`, {
    hint: `Make the file system at least ${size + more} MiB large.`,
  });
}

import { buildError, usageError } from '../../domain/errors.ts';
import type { ManifestEntry } from '../../domain/manifest.ts';
import { roundDown, roundUp } from '../../domain/round.ts';
import type { FileSystemPiece } from '../file-system-pieces.ts';
import { type Extent, normalizeExtents } from '../image.ts';
import { fileSystemSeed } from './checksum.ts';
import { BLOCK } from './constants.ts';
import { nameHasher } from './dirhash.ts';
import { type ExtForm, type ExtKind, FORMS } from './form.ts';
import { planGeometry } from './geometry.ts';
import { groupUses } from './groups.ts';
import { allPieces } from './pieces.ts';
import { type DataOf, placeInodes } from './place.ts';
import { openSpace } from './space.ts';
import type { Ext4Identity } from './superblock.ts';
import { type Inodes, planTree } from './tree.ts';

export interface Ext4Options extends Ext4Identity {
  /** Which of the family; without it ext4. */
  readonly kind?: ExtKind;
  /** Bytes that the file system may take. */
  readonly size: number;
  /** How many inodes it has at least. */
  readonly inodes: number;
  /** MiB; ext2 has none. */
  readonly journalMib: number;
  /** For sparse files; without it they have holes where their entries say so. */
  readonly dataOf?: DataOf;
}

/** A whole file system. */
export interface Ext4Plan {
  /** Bytes; at most the size that was asked for. */
  readonly size: number;
  /** Where it may be other than zeros, in whole blocks: ascending, apart. */
  readonly extents: readonly Extent[];
  /** Ascending, apart. Starts over at each call. */
  pieces(): Iterable<FileSystemPiece>;
}

const MIB = 1024 ** 2;
/** Inodes that no file of the tree has. */
const SPECIAL_INODES = 11;
/** Its blocks of addresses count as well. */
const MOST_OLD_BYTES = 2 ** 41 - 2 ** 32;

/**
 * Lays an ext2, ext3 or ext4 file system out that holds a tree: the same entries, in any order, give the same bytes. Throws
 * `EXT4_FULL` saying how much is missing, `EXT4_SIZE`, `EXT4_TREE`, `EXT4_LINK`, `EXT4_DEVICE`, `EXT4_XATTR` and
 * `IMAGE_EXTENTS`. Source: Linux, Documentation/filesystems/ext4; docs/formats/ext4.md.
 */
export function planExt4(entries: readonly ManifestEntry[], options: Ext4Options): Ext4Plan {
  const { kind = 'ext4', size, inodes, journalMib, dataOf = ({ data }) => data, ...identity } = options;
  const form = FORMS[kind];
  const tree = planTree(entries, identity.epoch, form.maxLinks);
  checkOldLimits(tree, form);
  const geometry = planGeometry(size, Math.max(inodes, tree.length + SPECIAL_INODES), form);
  const space = openSpace(geometry.zones);
  const hashOf = nameHasher(identity.hashSeed);
  const placement = placeInodes(tree, space, hashOf, (journalMib * MIB) / BLOCK, dataOf, form);
  const { frontier } = space;
  if (frontier > geometry.blocks) {
    const missing = Math.ceil(((frontier - geometry.blocks) * BLOCK) / MIB);
    throw usageError(
      'EXT4_FULL',
      `The files need ${missing} MiB more than ${Math.floor(size / MIB)} MiB give.`,
      {
        hint: `Make the file system at least ${Math.ceil(size / MIB) + missing} MiB large.`,
      },
    );
  }
  const lastInode = tree.at(-1)!.inode;
  const directories = tree.filter(({ names }) => names !== undefined).map(({ inode }) => inode);
  const uses = groupUses(geometry, frontier, lastInode, directories);
  const seed = form.hasChecksums ? fileSystemSeed(identity.uuid) : undefined;
  const layout = { geometry, identity, placement, uses, frontier, lastInode, seed };
  const bytes = geometry.blocks * BLOCK;
  return {
    size: bytes,
    extents: normalizeExtents([...wholeBlocks(allPieces(layout))], bytes),
    pieces: () => allPieces(layout),
  };
}

/** Without extents and dir_nlink a file has 2^32 sectors at most, and a directory is not in more folders than it counts. */
function checkOldLimits(tree: Inodes, { hasExtents, maxLinks }: ExtForm): void {
  if (hasExtents) return;
  for (const { entry, links } of tree) {
    const name = Buffer.from(entry.path).toString();
    if (links > maxLinks) throw buildError('EXT4_TREE', `/${name} has more than ${maxLinks - 2} folders.`);
    if (entry.type === 'file' && entry.size > MOST_OLD_BYTES) {
      throw buildError('EXT4_TREE', `/${name} has ${entry.size} bytes: ext2 and ext3 take 2 TiB.`, {
        hint: 'Make the file system ext4.',
      });
    }
  }
}

function* wholeBlocks(pieces: Iterable<FileSystemPiece>): Generator<Extent> {
  let offset = 0;
  let end = 0;
  for (const piece of pieces) {
    const from = roundDown(piece.offset, BLOCK);
    if (from > end) {
      yield { offset, length: end - offset };
      offset = from;
    }
    end = roundUp(piece.offset + piece.length, BLOCK);
  }
  yield { offset, length: end - offset };
}

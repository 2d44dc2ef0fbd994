import { uuidToBytes } from '../../domain/uuid.ts';
import { seal, writeInt64 } from './bytes.ts';
import { BLOCK, NONE32, SECTOR } from './constants.ts';

/** A block of a tree. */
export interface TreeNode {
  /** Of the level below, or of the records: the first one, and how many. */
  readonly first: number;
  readonly count: number;
  /** Records below it. */
  readonly firstRecord: number;
  readonly lastRecord: number;
}

/** Blocks of a tree by level, the leaves first. */
export type TreeShape = readonly (readonly TreeNode[])[];

/** What a tree is made of. */
export interface TreeKind {
  readonly magic: string;
  /** Trees of files have long numbers of blocks, those of a group short ones. */
  readonly isLong: boolean;
  readonly recordSize: number;
  readonly keySize: number;
}

export interface TreeContent {
  readonly kind: TreeKind;
  /** Group or inode. */
  readonly owner: number;
  readonly uuid: string;
  readonly writeRecord: (bytes: Buffer, at: number, record: number) => void;
  /** What a node says of the records below a child. */
  readonly writeKey: (bytes: Buffer, at: number, first: number, last: number) => void;
  /** How a block is named in the tree. */
  readonly nameOf: (level: number, index: number) => number;
  /** Where it is: in blocks from the beginning of the file system. */
  readonly placeOf: (level: number, index: number) => number;
}

function headerSize({ isLong }: TreeKind): number {
  return isLong ? 72 : 56;
}

function pointerSize({ isLong }: TreeKind): number {
  return isLong ? 8 : 4;
}

function capacities(kind: TreeKind): { readonly leaf: number; readonly node: number } {
  const room = BLOCK - headerSize(kind);
  return {
    leaf: Math.floor(room / kind.recordSize),
    node: Math.floor(room / (kind.keySize + pointerSize(kind))),
  };
}

/**
 * Divides records among leaves, and those among nodes, each as full as its neighbours, until at most `most` blocks are
 * on top.
 */
export function shapeTree(kind: TreeKind, records: number, most = 1): TreeShape {
  const { leaf, node } = capacities(kind);
  const levels = [
    divide(records, leaf).map(({ first, count }) => {
      return { first, count, firstRecord: first, lastRecord: first + count - 1 };
    }),
  ];
  for (let below = levels[0]!; below.length > most; below = levels.at(-1)!) {
    levels.push(
      divide(below.length, node).map(({ first, count }) => {
        const { firstRecord } = below[first]!;
        const { lastRecord } = below[first + count - 1]!;
        return { first, count, firstRecord, lastRecord };
      }),
    );
  }
  return levels;
}

/** Blocks of a tree. */
export function treeBlocks(shape: TreeShape): number {
  return shape.reduce((sum, level) => sum + level.length, 0);
}

/** A block of a tree as it is on the disk. */
export function encodeNode(shape: TreeShape, level: number, index: number, content: TreeContent): Buffer {
  const { kind, owner, uuid, writeRecord, nameOf, placeOf } = content;
  const { first, count } = shape[level]![index]!;
  const bytes = Buffer.alloc(BLOCK);
  bytes.write(kind.magic, 0, 'latin1');
  bytes.writeUInt16BE(level, 4);
  bytes.writeUInt16BE(count, 6);
  const left = index === 0 ? undefined : nameOf(level, index - 1);
  const right = index + 1 === shape[level]!.length ? undefined : nameOf(level, index + 1);
  writeName(bytes, 8, left, kind);
  writeName(bytes, 8 + pointerSize(kind), right, kind);
  const at = 8 + 2 * pointerSize(kind);
  writeInt64(bytes, at, placeOf(level, index) * (BLOCK / SECTOR));
  bytes.set(uuidToBytes(uuid), at + 16);
  if (kind.isLong) writeInt64(bytes, at + 32, owner);
  else bytes.writeUInt32BE(owner, at + 32);
  const header = headerSize(kind);
  if (level === 0) {
    for (let next = 0; next < count; next += 1) {
      writeRecord(bytes, header + next * kind.recordSize, first + next);
    }
  } else {
    writeChildren(bytes, header, capacities(kind).node, shape, level - 1, { first, count }, content);
  }
  return seal(bytes, at + 32 + (kind.isLong ? 8 : 4));
}

/** Keys and places of children; a table has room for `capacity` of each. */
export function writeChildren(
  bytes: Buffer,
  at: number,
  capacity: number,
  shape: TreeShape,
  below: number,
  { first, count }: { readonly first: number; readonly count: number },
  { kind, writeKey, nameOf }: TreeContent,
): void {
  for (let next = 0; next < count; next += 1) {
    const { firstRecord, lastRecord } = shape[below]![first + next]!;
    writeKey(bytes, at + next * kind.keySize, firstRecord, lastRecord);
    const pointer = at + capacity * kind.keySize + next * pointerSize(kind);
    writeName(bytes, pointer, nameOf(below, first + next), kind);
  }
}

/** A part of a sequence. */
export interface Part {
  readonly first: number;
  readonly count: number;
}

/** As few parts as there can be with at most `most` each, of about the same size: none is less than half full. */
export function divide(total: number, most: number): Part[] {
  return split(total, Math.max(1, Math.ceil(total / most)));
}

/** That many parts of about the same size. */
export function split(total: number, parts: number): Part[] {
  return Array.from({ length: parts }, (_, index) => {
    const first = Math.floor((index * total) / parts);
    return { first, count: Math.floor(((index + 1) * total) / parts) - first };
  });
}

function writeName(bytes: Buffer, at: number, name: number | undefined, { isLong }: TreeKind): void {
  if (isLong) writeInt64(bytes, at, name ?? -1);
  else bytes.writeUInt32BE(name ?? NONE32, at);
}

import { BLOCK, CHUNK_INODES, FREE_LIST, INODES_PER_BLOCK, OWNERS, ROOTS, SECTOR } from './constants.ts';
import { blocksOf, type Geometry } from './geometry.ts';
import { encodeFreeList, encodeInodeHeader, encodeSpaceHeader } from './headers.ts';
import { REVERSE, reverseContent } from './reverse.ts';
import { addRun, type FreeRun, type UsedRun } from './space.ts';
import {
  encodeNode,
  shapeTree,
  type TreeContent,
  type TreeKind,
  type TreeShape,
  treeBlocks,
} from './tree.ts';

/** 64 inodes. */
export interface Chunk {
  /** First block, counted from the group's. */
  readonly start: number;
  /** How many are in use, the first ones. */
  readonly used: number;
}

/** An allocation group with all its trees. */
export interface GroupPlan {
  readonly group: number;
  readonly used: readonly UsedRun[];
  readonly free: readonly FreeRun[];
  readonly chunks: readonly Chunk[];
  readonly inodes: TreeShape;
  readonly reverse: TreeShape;
  /** First of the blocks of those trees that are not roots, which come one after another. */
  readonly treesAt: number;
}

const INODES: TreeKind = { magic: 'IAB3', isLong: false, recordSize: 16, keySize: 4 };
const FREE_INODES: TreeKind = { ...INODES, magic: 'FIB3' };
const REFERENCES: TreeKind = { magic: 'R3FC', isLong: false, recordSize: 12, keySize: 4 };
const FREE_BY_PLACE: TreeKind = { magic: 'AB3B', isLong: false, recordSize: 8, keySize: 8 };
const FREE_BY_COUNT: TreeKind = { ...FREE_BY_PLACE, magic: 'AB3C' };

/** Places the trees of a group behind all else that is in it. */
export function planGroup(
  geometry: Geometry,
  group: number,
  runs: { readonly used: readonly UsedRun[]; readonly free: readonly FreeRun[]; readonly next: number },
  chunks: readonly Chunk[],
): GroupPlan {
  const inodes = shapeTree(INODES, chunks.length);
  const inodeBlocks = treeBlocks(inodes) - 1;
  // The tree has its own blocks as a run, too.
  let reverse: TreeShape = [];
  let used: UsedRun[] = [];
  let end = runs.next;
  for (let blocks = 0; ; blocks = treeBlocks(reverse) - 1) {
    used = [...runs.used];
    end = runs.next + inodeBlocks + blocks;
    const add = (start: number, count: number, id: number): void => {
      if (count > 0) addRun(used, { start, count, owner: { id }, offset: 0 });
    };
    add(runs.next, inodeBlocks, OWNERS.inodeTree);
    add(runs.next + inodeBlocks, blocks, OWNERS.group);
    reverse = shapeTree(REVERSE, used.length);
    if (treeBlocks(reverse) - 1 === blocks) break;
  }
  const free = [...runs.free, { start: end, count: blocksOf(geometry, group) - end }];
  return {
    ...{ group, used, chunks, inodes, reverse, treesAt: runs.next },
    free: free.filter(({ count }) => count > 0),
  };
}

/** Blocks that nobody has, those of the free list and of the trees of free space among them, as Linux counts them. */
export function freeBlocks({ free, reverse }: GroupPlan): number {
  return free.reduce((sum, { count }) => sum + count, 0) + FREE_LIST + treeBlocks(reverse) - 1;
}

/** The headers of a group and the roots of its trees, but for the superblock that comes first. */
export function encodeHead(plan: GroupPlan, geometry: Geometry, uuid: string): Buffer {
  const { group, free, chunks } = plan;
  const bytes = Buffer.alloc((ROOTS.references + 1) * BLOCK);
  const heads = [
    encodeSpaceHeader(plan, geometry, uuid),
    encodeInodeHeader(plan, geometry, uuid),
    encodeFreeList(geometry, group, uuid),
  ];
  for (const [index, head] of heads.entries()) bytes.set(head, (index + 1) * SECTOR);
  const roomy = chunks.filter(({ used }) => used < CHUNK_INODES);
  const byCount = free.toSorted((a, b) => a.count - b.count || a.start - b.start);
  const trees = [
    ...largeTrees(plan),
    rootOnly(ROOTS.bno, free.length, runContent(FREE_BY_PLACE, free)),
    rootOnly(ROOTS.count, free.length, runContent(FREE_BY_COUNT, byCount)),
    rootOnly(ROOTS.freeInode, roomy.length, chunkContent(FREE_INODES, roomy)),
    rootOnly(ROOTS.references, 0, runContent(REFERENCES, [])),
  ];
  for (const tree of trees) {
    const node = encodeNode(tree.shape, tree.shape.length - 1, 0, placed(tree, plan, geometry, uuid));
    bytes.set(node, tree.root * BLOCK);
  }
  return bytes;
}

/** Blocks of trees that are not roots. */
export function* encodeTrees(plan: GroupPlan, geometry: Geometry, uuid: string): Generator<Buffer> {
  for (const tree of largeTrees(plan)) {
    const content = placed(tree, plan, geometry, uuid);
    for (const [level, nodes] of tree.shape.slice(0, -1).entries()) {
      for (const index of nodes.keys()) yield encodeNode(tree.shape, level, index, content);
    }
  }
}

type Content = Pick<TreeContent, 'kind' | 'writeRecord' | 'writeKey'>;

interface GroupTree {
  readonly shape: TreeShape;
  readonly root: number;
  /** First of its other blocks. */
  readonly others: number;
  readonly content: Content;
}

/** Trees that may have more blocks than their roots. */
function largeTrees({ inodes, reverse, chunks, used, treesAt }: GroupPlan): GroupTree[] {
  const behind = treesAt + treeBlocks(inodes) - 1;
  return [
    { shape: inodes, root: ROOTS.inode, others: treesAt, content: chunkContent(INODES, chunks) },
    { shape: reverse, root: ROOTS.reverse, others: behind, content: reverseContent(used) },
  ];
}

function rootOnly(root: number, records: number, content: Content): GroupTree {
  const shape = shapeTree(content.kind, records);
  if (shape.length > 1) throw new Error(`the tree at ${root} of a group has ${records} records`);
  return { shape, root, others: 0, content };
}

function placed(
  { shape, root, others, content }: GroupTree,
  { group }: GroupPlan,
  { groupBlocks }: Geometry,
  uuid: string,
): TreeContent {
  const starts = shape.map((_, level) =>
    shape.slice(0, level).reduce((sum, nodes) => sum + nodes.length, others),
  );
  const nameOf = (level: number, index: number): number =>
    level === shape.length - 1 ? root : starts[level]! + index;
  const placeOf = (level: number, index: number): number => group * groupBlocks + nameOf(level, index);
  return { ...content, uuid, owner: group, nameOf, placeOf };
}

function chunkContent(kind: TreeKind, chunks: readonly Chunk[]): Content {
  const start = (index: number): number => chunks[index]!.start * INODES_PER_BLOCK;
  return {
    kind,
    writeRecord: (bytes, at, record) => {
      const { used } = chunks[record]!;
      bytes.writeUInt32BE(start(record), at);
      bytes[at + 6] = CHUNK_INODES;
      bytes[at + 7] = CHUNK_INODES - used;
      bytes.writeBigUInt64BE(BigInt.asUintN(64, -1n << BigInt(used)), at + 8);
    },
    writeKey: (bytes, at, first) => void bytes.writeUInt32BE(start(first), at),
  };
}

function runContent(kind: TreeKind, runs: readonly FreeRun[]): Content {
  const write = (bytes: Buffer, at: number, index: number): void => {
    bytes.writeUInt32BE(runs[index]!.start, at);
    bytes.writeUInt32BE(runs[index]!.count, at + 4);
  };
  return { kind, writeRecord: write, writeKey: write };
}

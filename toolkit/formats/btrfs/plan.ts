import { usageError } from '../../domain/errors.ts';
import type { ManifestEntry } from '../../domain/manifest.ts';
import { roundDown, roundUp } from '../../domain/round.ts';
import { type Inode, planInodes } from '../inodes.ts';
import { CHECKSUMS, CHUNK_TYPES, FIRST_INODE, KEYS, MIB, NODE, SECTOR, TREES } from './constants.ts';
import { treeError } from './errors.ts';
import { type Chunk, type FileExtent, placeData, Room } from './extents.ts';
import { freeSpaceItems } from './free-space.ts';
import { inodeItems } from './inode-items.ts';
import {
  type BtrfsIdentity,
  blockGroupItem,
  chunkItems,
  dataExtentItem,
  deviceItems,
  nodeItem,
  relocationItems,
  rootItems,
  uuidItems,
} from './system-items.ts';
import { type Item, type PlacedTree, placeTree, shapeTree, type TreeShape, treeNodes } from './tree.ts';

export interface BtrfsOptions extends BtrfsIdentity {
  /** Bytes that the file system may take. */
  readonly size: number;
}

/** A whole file system. */
export interface BtrfsPlan {
  /** Bytes; at most the size that was asked for. */
  readonly size: number;
  readonly identity: BtrfsIdentity;
  readonly chunks: readonly Chunk[];
  readonly root: PlacedTree;
  readonly chunk: PlacedTree;
  /** Trees with what is in them, in the order of their places; all but the chunk tree. */
  readonly trees: readonly {
    readonly tree: PlacedTree;
    readonly items: (sums: Uint32Array) => Iterable<Item>;
  }[];
  /** Files with contents, in the order of their places. */
  readonly files: ReadonlyMap<Inode, readonly FileExtent[]>;
  readonly sectors: number;
}

const SYSTEM = { start: MIB, length: 4 * MIB } as const;
/** Room of the metadata for what is written later. */
const SPARE = 24 * MIB;
const MOST_SUMS = 4000;
const MAX_LINKS = 65_535;

/**
 * Lays a btrfs file system out that holds a tree, in its top-level subvolume: one device, every chunk once. The same
 * entries, in any order, give the same bytes. Throws `BTRFS_FULL` saying how much is missing, and `BTRFS_TREE`.
 * Source: btrfs.readthedocs.io, On-disk format; Linux, fs/btrfs.
 */
export function planBtrfs(entries: readonly ManifestEntry[], options: BtrfsOptions): BtrfsPlan {
  const { size: asked, ...identity } = options;
  const size = roundDown(asked, SECTOR);
  const inodes = planInodes(entries, { first: FIRST_INODE, mostLinks: MAX_LINKS, error: treeError });
  const { extents, bounds } = placeData(inodes, SYSTEM.start + SYSTEM.length);
  const data = bounds.map(([start, end, used]): Chunk => {
    return { start, length: end - start, type: CHUNK_TYPES.data, used };
  });
  const metadataStart = bounds.at(-1)?.[1] ?? SYSTEM.start + SYSTEM.length;
  const runs = checksumRuns(extents, bounds);
  const fsItems = function* (): Generator<Item> {
    for (const node of inodes) yield* inodeItems(node, extents.get(node) ?? [], identity.epoch);
  };
  const fs = shapeTree(sizes(fsItems()));
  const checksum = shapeTree(runs.map(({ start, count }) => ({ key: checksumKey(start), size: 4 * count })));
  const small = shapeTree(sizes(uuidItems(identity)));
  const relocation = shapeTree(sizes(relocationItems(identity)));
  let extentShape = shapeTree([]);
  let freeShape = shapeTree([]);
  for (;;) {
    const placed = placeAll({ fs, checksum, small, relocation, free: freeShape, extent: extentShape });
    const extentItems = () => allExtents(extents, placed);
    const freeItems = () => freeSpaceItems(placed.chunks, extentItems());
    const shape = shapeTree(sizes(extentItems()));
    const free = shapeTree(sizes(freeItems()));
    if (shape.nodes > extentShape.nodes || free.nodes > freeShape.nodes) {
      [extentShape, freeShape] = [shape, free];
      continue;
    }
    // Keys of the nodes are those of the places.
    const { chunks, trees } = placed;
    const extent = { ...trees.extent, levels: shape.levels };
    const freeSpace = { ...trees.freeSpace, levels: free.levels };
    const inOrder = [
      ...[extent, trees.device, trees.fs, trees.checksum, trees.uuid, freeSpace],
      trees.relocation,
    ];
    const last = chunks.at(-1)!;
    checkRoom(last.start + last.length, size);
    return {
      ...{ size, identity, chunks, files: extents },
      sectors: runs.reduce((sum, { count }) => sum + count, 0),
      ...{ root: trees.root, chunk: trees.chunk },
      trees: [
        { tree: trees.fs, items: fsItems },
        { tree: trees.checksum, items: (sums) => checksumItems(runs, sums) },
        { tree: trees.device, items: () => deviceItems(chunks, identity) },
        { tree: trees.uuid, items: () => uuidItems(identity) },
        { tree: trees.relocation, items: () => relocationItems(identity) },
        { tree: trees.root, items: () => rootItems(inOrder, identity) },
        { tree: freeSpace, items: freeItems },
        { tree: extent, items: extentItems },
      ],
    };
  }

  function placeAll(shapes: {
    readonly fs: TreeShape;
    readonly checksum: TreeShape;
    readonly small: TreeShape;
    readonly relocation: TreeShape;
    readonly free: TreeShape;
    readonly extent: TreeShape;
  }): Placed {
    const device = shapeTree(
      Array.from({ length: data.length + 2 }, (_, at) => sized(KEYS.deviceExtent, at, 48)),
    );
    // Seven trees, a folder and its two names: one leaf.
    const root = shapeTree([]);
    const nodes = [...Object.values(shapes), device, root].reduce((sum, shape) => sum + shape.nodes, 0);
    const length = roundUp(nodes * NODE * 1.25 + SPARE, MIB);
    const room = new Room(metadataStart, metadataStart + length);
    const take = (): number => room.take(NODE, NODE)!.start;
    const chunkRoom = new Room(SYSTEM.start, SYSTEM.start + SYSTEM.length);
    const trees = {
      fs: placeTree(shapes.fs, TREES.fs, take),
      checksum: placeTree(shapes.checksum, TREES.checksum, take),
      device: placeTree(device, TREES.device, take),
      uuid: placeTree(shapes.small, TREES.uuid, take),
      relocation: placeTree(shapes.relocation, TREES.relocation, take),
      root: placeTree(root, TREES.root, take),
      freeSpace: placeTree(shapes.free, TREES.freeSpace, take),
      extent: placeTree(shapes.extent, TREES.extent, take),
    };
    const metadata = { start: metadataStart, length, type: CHUNK_TYPES.metadata, used: nodes * NODE };
    const chunkShape = shapeTree(
      Array.from({ length: data.length + 3 }, (_, at) => sized(KEYS.chunk, at, at === 0 ? 98 : 80)),
    );
    const system = { ...SYSTEM, type: CHUNK_TYPES.system, used: chunkShape.nodes * NODE };
    const chunks = [system, ...data, metadata];
    const shaped = shapeTree(sizes(chunkItems(size, chunks, identity)));
    const chunk = placeTree(shaped, TREES.chunk, () => chunkRoom.take(NODE, NODE)!.start);
    const filled = {
      device: { ...trees.device, levels: shapeTree(sizes(deviceItems(chunks, identity))).levels },
      root: { ...trees.root, levels: [[{ ...trees.root.levels[0]![0]!, count: ROOT_ITEMS }]] },
    };
    return { chunks, trees: { ...trees, ...filled, chunk } };
  }

  function checkRoom(end: number, most: number): void {
    if (end <= most) return;
    const missing = Math.ceil((end - most) / MIB);
    throw usageError(
      'BTRFS_FULL',
      `The files need ${missing} MiB more than ${Math.floor(most / MIB)} MiB give.`,
      {
        hint: `Make the file system at least ${Math.ceil(most / MIB) + missing} MiB large.`,
      },
    );
  }
}

/** Seven trees, the name of the default one and its folder's three items. */
const ROOT_ITEMS = 11;

interface Placed {
  readonly chunks: readonly Chunk[];
  readonly trees: Readonly<
    Record<
      'fs' | 'checksum' | 'device' | 'uuid' | 'relocation' | 'root' | 'freeSpace' | 'extent' | 'chunk',
      PlacedTree
    >
  >;
}

function* allExtents(
  files: ReadonlyMap<Inode, readonly FileExtent[]>,
  { chunks, trees }: Placed,
): Generator<Item> {
  const { chunk, ...others } = trees;
  const system = nodesOf(chunk);
  const dataItems = function* (): Generator<Item> {
    for (const [{ inode }, extents] of files) {
      for (const { start, length, offset } of extents) yield dataExtentItem(start, length, inode, offset);
    }
  };
  const nodes = [
    others.fs,
    others.checksum,
    others.device,
    others.uuid,
    others.relocation,
    others.root,
    others.freeSpace,
    others.extent,
  ];
  const sources = [system, dataItems(), ...nodes.map(nodesOf)];
  const groups = chunks.map(blockGroupItem);
  let next = 0;
  // A group stands behind what begins where it does.
  for (const source of sources) {
    for (const item of source) {
      for (; next < groups.length && groups[next]!.key.objectid < item.key.objectid; next += 1)
        yield groups[next]!;
      yield item;
    }
  }
  yield* groups.slice(next);
}

function* nodesOf(tree: PlacedTree): Generator<Item> {
  for (const { place, level } of treeNodes(tree)) yield nodeItem(place, level, tree.owner);
}

/** Sectors one after another whose checksums are one item. */
interface Run {
  readonly start: number;
  count: number;
}

function checksumRuns(
  files: ReadonlyMap<Inode, readonly FileExtent[]>,
  bounds: readonly (readonly [number, number, number])[],
): Run[] {
  const starts = new Set(bounds.map(([start]) => start));
  const runs: Run[] = [];
  for (const extents of files.values()) {
    for (const { start, length } of extents) {
      for (let at = start; at < start + length; ) {
        const last = runs.at(-1);
        const follows =
          last !== undefined &&
          last.start + last.count * SECTOR === at &&
          last.count < MOST_SUMS &&
          !starts.has(at);
        const run = follows ? last : { start: at, count: 0 };
        if (!follows) runs.push(run);
        const count = Math.min((start + length - at) / SECTOR, MOST_SUMS - run.count);
        run.count += count;
        at += count * SECTOR;
      }
    }
  }
  return runs;
}

function* checksumItems(runs: readonly Run[], sums: Uint32Array): Generator<Item> {
  let next = 0;
  for (const { start, count } of runs) {
    const data = Buffer.alloc(4 * count);
    for (let at = 0; at < count; at += 1) data.writeUInt32LE(sums[next + at]!, 4 * at);
    next += count;
    yield { key: checksumKey(start), data };
  }
}

function checksumKey(start: number): Item['key'] {
  return { objectid: CHECKSUMS, type: KEYS.checksum, offset: start };
}

function sized(
  type: number,
  offset: number,
  size: number,
): { readonly key: Item['key']; readonly size: number } {
  return { key: { objectid: 0, type, offset }, size };
}

function* sizes(items: Iterable<Item>): Generator<{ readonly key: Item['key']; readonly size: number }> {
  for (const { key, data } of items) yield { key, size: data.length };
}

import type { ManifestEntry } from '../../domain/manifest.ts';
import { roundDown } from '../../domain/round.ts';
import type { Inode } from '../inodes.ts';
import { type AttributePlan, planAttributes } from './attributes.ts';
import { BLOCK, FORKS } from './constants.ts';
import { type DirectoryShape, FREE_OFFSET, LEAF_OFFSET, shapeDirectory, shortSize } from './directory.ts';
import { treeError } from './errors.ts';
import { asExtents, type ExtentMap, type FileExtent, listSize, mapExtents, NO_EXTENTS } from './extents.ts';
import { checkTime, deviceNumber } from './inode.ts';
import type { Space } from './space.ts';

/** A file with the places of all that it has. */
export interface PlacedFile {
  readonly node: Inode;
  readonly inode: number;
  readonly attributes: AttributePlan | undefined;
  /** Blocks of the attributes. */
  readonly attributeMap: ExtentMap;
  /** Where the attributes' fork begins behind the content's; 0 where there is none. */
  readonly attributesAt: number;
  /** Blocks of a folder that does not fit into its inode. */
  readonly directory: DirectoryShape | undefined;
  /** Blocks of the content. */
  map: ExtentMap;
}

/** The least that the content's fork keeps: a tree of extents may have to begin there. */
const LEAST_CONTENT = 56;
const LEAST_ATTRIBUTES = 40;
/** Of devices, pipes and sockets; Linux wants just this. */
const DEVICE_CONTENT = 8;
export const MOST_TARGET = 1024;
const DEVICES = ['char', 'block', 'fifo', 'socket'];

/** Places what a file has beside its contents: attributes, a folder's names, where a symlink leads to. */
export function placeFile(node: Inode, inode: number, space: Space): PlacedFile {
  const { entry, names } = node;
  checkEntry(entry);
  const isDevice = DEVICES.includes(entry.type);
  const least = isDevice ? DEVICE_CONTENT : LEAST_CONTENT;
  const attributes = planAttributes(entry, FORKS - least);
  const attributeMap = placeAttributes(attributes, inode, space);
  const attributesAt =
    attributes === undefined ? 0 : isDevice ? DEVICE_CONTENT : attributesPlace(attributes, attributeMap);
  const room = attributesAt === 0 ? FORKS : attributesAt;
  const directory = entry.type === 'directory' && shortSize(names) > room ? shapeDirectory(names) : undefined;
  const place = (extents: readonly FileExtent[]): ExtentMap => mapExtents(extents, room, inode, space);
  let map = NO_EXTENTS;
  if (directory !== undefined) map = place(placeDirectory(directory, inode, space));
  else if (entry.type === 'symlink' && entry.target!.length > room) {
    map = place(asExtents(space.take(1, { id: inode })));
  }
  return { node, inode, attributes, attributeMap, attributesAt, directory, map };
}

/** Places the contents of a file; what is a hole has no blocks. */
export function placeContents(file: PlacedFile, space: Space): void {
  const { node, inode, attributesAt } = file;
  const runs = dataBlocks(node.entry);
  if (runs.length === 0) return;
  const extents = runs.flatMap(({ start, count }) =>
    asExtents(space.take(count, { id: inode }, start), start),
  );
  file.map = mapExtents(extents, attributesAt === 0 ? FORKS : attributesAt, inode, space);
}

/** Blocks of a file that hold something else than zeros, ascending and apart. */
function dataBlocks({
  type,
  size,
  data,
}: ManifestEntry): { readonly start: number; readonly count: number }[] {
  if (type !== 'file' || size === 0) return [];
  const runs: { start: number; count: number }[] = [];
  for (const { offset, length } of data ?? [{ offset: 0, length: size }]) {
    const end = Math.ceil(Math.min(offset + length, size) / BLOCK);
    const last = runs.at(-1);
    const start = Math.max(Math.floor(offset / BLOCK), last === undefined ? 0 : last.start + last.count);
    if (end <= start) continue;
    if (last !== undefined && last.start + last.count === start) last.count += end - start;
    else runs.push({ start, count: end - start });
  }
  return runs;
}

function placeAttributes(attributes: AttributePlan | undefined, id: number, space: Space): ExtentMap {
  if (attributes?.kind !== 'blocks') return NO_EXTENTS;
  return { extents: asExtents(space.take(attributes.blocks, { id, isAttribute: true })), tree: undefined };
}

function attributesPlace(attributes: AttributePlan, { extents }: ExtentMap): number {
  const size = attributes.kind === 'short' ? attributes.bytes.length : listSize(extents);
  return roundDown(FORKS - Math.max(size, LEAST_ATTRIBUTES), 8);
}

function placeDirectory({ data, hashes, free }: DirectoryShape, id: number, space: Space): FileExtent[] {
  const take = (count: number, offset: number): FileExtent[] =>
    asExtents(space.take(count, { id }, offset), offset);
  return [
    ...take(data, 0),
    ...(hashes === undefined ? [] : take(hashes.blocks, LEAF_OFFSET)),
    ...take(free, FREE_OFFSET),
  ];
}

function checkEntry(entry: ManifestEntry): void {
  checkTime(entry);
  if (entry.type === 'char' || entry.type === 'block') deviceNumber(entry);
  const { path, type, target } = entry;
  const length = target?.length ?? 0;
  if (type === 'symlink' && (length === 0 || length > MOST_TARGET)) {
    throw treeError(path, `leads to ${length} bytes; it must be 1 to ${MOST_TARGET}`);
  }
}

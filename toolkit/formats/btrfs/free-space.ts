import type { Uint64 } from './bytes.ts';
import { KEYS, NODE } from './constants.ts';
import type { Chunk } from './extents.ts';
import type { Item } from './tree.ts';

interface Range {
  readonly start: number;
  readonly length: number;
}

/**
 * What no extent and no node takes of each chunk, the places of superblocks included: how many parts there are, and
 * each of them. Chunks and items of the extent tree are ascending.
 * Source: btrfs.readthedocs.io, On-disk format; Linux, fs/btrfs/free-space-tree.c.
 */
export function* freeSpaceItems(chunks: readonly Chunk[], extents: Iterable<Item>): Generator<Item> {
  const used = usedRanges(extents);
  let next = used.next();
  for (const { start, length } of chunks) {
    const free: Range[] = [];
    let at = start;
    for (; next.done !== true && next.value.start < start + length; next = used.next()) {
      if (next.value.start > at) free.push({ start: at, length: next.value.start - at });
      at = next.value.start + next.value.length;
    }
    if (at < start + length) free.push({ start: at, length: start + length - at });
    const count = Buffer.alloc(8);
    count.writeUInt32LE(free.length);
    yield { key: { objectid: start, type: KEYS.freeSpaceInfo, offset: length }, data: count };
    for (const { start: objectid, length: offset } of free) {
      yield { key: { objectid, type: KEYS.freeSpaceExtent, offset }, data: new Uint8Array() };
    }
  }
}

function* usedRanges(extents: Iterable<Item>): Generator<Range> {
  for (const { key } of extents) {
    const { objectid, type, offset } = key;
    if (type === KEYS.extent) yield { start: whole(objectid), length: whole(offset) };
    if (type === KEYS.metadata) yield { start: whole(objectid), length: NODE };
  }
}

/** Places on a disk are whole numbers that a double has. */
function whole(value: Uint64): number {
  return Number(value);
}

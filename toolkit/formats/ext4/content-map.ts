import {
  type AddressTree,
  encodeAddressBlock,
  NO_ADDRESSES,
  planAddresses,
  writeAddresses,
} from './address-tree.ts';
import type { Seed } from './checksum.ts';
import {
  type ExtentTree,
  encodeTreeBlock,
  type FileExtent,
  NO_EXTENTS,
  planExtents,
  writeRoot,
} from './extent-tree.ts';
import type { ExtForm } from './form.ts';
import type { Space } from './space.ts';

/** Where a file is: its extents, and blocks that say so. */
export type ContentMap = ExtentTree | AddressTree;

/** Plans the map of a file in the way of its file system; `extents` ascend. */
export function planMap(extents: readonly FileExtent[], space: Space, { hasExtents }: ExtForm): ContentMap {
  return hasExtents ? planExtents(extents, space) : planAddresses(extents, space);
}

/** Of what has no blocks. */
export function emptyMap({ hasExtents }: ExtForm): ContentMap {
  return hasExtents ? NO_EXTENTS : NO_ADDRESSES;
}

/** Writes what the inode has of a map into its 60 bytes from `at`. */
export function writeMap(bytes: Buffer, at: number, map: ContentMap): void {
  if ('addresses' in map) writeAddresses(bytes, at, map.addresses);
  else writeRoot(bytes, at, map);
}

/** The blocks of a map, ascending. `seed` is the inode's. */
export function mapBlocks(
  map: ContentMap,
  seed: Seed,
): readonly { readonly block: number; readonly encode: () => Buffer }[] {
  if ('addresses' in map) {
    return map.blocks.map((block) => ({
      block: block.block,
      encode: () => encodeAddressBlock(block, map.extents),
    }));
  }
  return map.blocks.map((block) => ({ block: block.block, encode: () => encodeTreeBlock(block, seed ?? 0) }));
}

import { BLOCK } from './constants.ts';
import type { FileExtent } from './extent-tree.ts';
import type { Space } from './space.ts';

/** A block of addresses: of a part of a file, or of other such blocks. */
interface AddressBlock {
  readonly block: number;
  /** First block of the file that it is about, where its addresses are those of the file. */
  readonly logical: number;
  /** Addresses of other such blocks. */
  readonly below: readonly number[] | undefined;
}

/** Where a file is, as ext2 and ext3 have it: what the inode holds, and blocks of addresses. */
export interface AddressTree {
  /** All of them, ascending. */
  readonly extents: readonly FileExtent[];
  readonly addresses: readonly number[];
  readonly blocks: readonly AddressBlock[];
}

const ADDRESSES = BLOCK / 4;
const DIRECT = 12;
const MOST_DEPTH = 3;

/** Of a file that has no blocks. */
export const NO_ADDRESSES: AddressTree = { extents: [], addresses: [], blocks: [] };

/** Plans where a file is, ascending by `logical`; blocks of addresses come from `space`. Source: ext4/blockmap.rst. */
export function planAddresses(extents: readonly FileExtent[], space: Space): AddressTree {
  const addresses = addressesOf(extents, 0, DIRECT);
  const blocks: AddressBlock[] = [];
  const place = (logical: number, depth: number): number => {
    if (!hasBlocks(extents, logical, logical + ADDRESSES ** depth)) return 0;
    const block = space.take(1)[0]!.start;
    const below: number[] = [];
    blocks.push({ block, logical, below: depth === 1 ? undefined : below });
    if (depth === 1) return block;
    for (let at = 0; at < ADDRESSES; at += 1) {
      below.push(place(logical + at * ADDRESSES ** (depth - 1), depth - 1));
    }
    return block;
  };
  let logical = DIRECT;
  for (let depth = 1; depth <= MOST_DEPTH; depth += 1) {
    addresses.push(place(logical, depth));
    logical += ADDRESSES ** depth;
  }
  return { extents, addresses, blocks };
}

/** Writes what the inode holds into its 60 bytes from `at`. */
export function writeAddresses(bytes: Buffer, at: number, addresses: readonly number[]): void {
  for (const [index, address] of addresses.entries()) bytes.writeUInt32LE(address, at + index * 4);
}

export function encodeAddressBlock({ logical, below }: AddressBlock, extents: readonly FileExtent[]): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  writeAddresses(bytes, 0, below ?? addressesOf(extents, logical, ADDRESSES));
  return bytes;
}

/** Addresses of `count` blocks of a file from `first` on; 0 where there is none. */
function addressesOf(extents: readonly FileExtent[], first: number, count: number): number[] {
  const addresses = new Array<number>(count).fill(0);
  for (let at = firstAfter(extents, first); at < extents.length; at += 1) {
    const { logical, start, length } = extents[at]!;
    if (logical >= first + count) break;
    const from = Math.max(logical, first);
    const to = Math.min(logical + length, first + count);
    for (let block = from; block < to; block += 1) addresses[block - first] = start + block - logical;
  }
  return addresses;
}

function hasBlocks(extents: readonly FileExtent[], from: number, to: number): boolean {
  const next = extents[firstAfter(extents, from)];
  return next !== undefined && next.logical < to;
}

/** Index of the first extent that ends after a block of the file. */
function firstAfter(extents: readonly FileExtent[], block: number): number {
  let low = 0;
  let high = extents.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (extents[middle]!.logical + extents[middle]!.length > block) high = middle;
    else low = middle + 1;
  }
  return low;
}

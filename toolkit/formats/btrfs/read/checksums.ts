import { checksumOf } from '../bytes.ts';
import { KEYS } from '../constants.ts';
import { damaged } from './errors.ts';
import { readItems, type TreePlace } from './items.ts';
import type { Volume } from './volume.ts';

/** Checksums of contents. */
export interface Sums {
  /** Throws `BTRFS_DAMAGED` where whole sectors from a logical address on have another checksum, or none. */
  check(address: number, bytes: Buffer): void;
}

/** Of sectors one after another. */
interface Group {
  readonly start: number;
  readonly sums: Buffer;
}

/** Reads the tree of checksums; each has 4 bytes. */
export async function readSums(volume: Volume, tree: TreePlace | undefined): Promise<Sums> {
  const { sectorSize } = volume;
  const groups: Group[] = [];
  if (tree !== undefined) {
    await readItems(volume, tree, ({ type, offset, data }) => {
      if (type === KEYS.checksum) groups.push({ start: offset, sums: Buffer.from(data) });
    });
  }
  return {
    check(address, bytes) {
      for (let at = 0; at < bytes.length; ) {
        const group = groupOf(groups, address + at);
        const first = group === undefined ? 0 : (address + at - group.start) / sectorSize;
        const count = group === undefined ? 0 : Math.floor(group.sums.length / 4) - first;
        if (group === undefined || count <= 0) throw damaged(`what is at ${address + at} has no checksum`);
        for (let index = first; index < first + count && at < bytes.length; index += 1, at += sectorSize) {
          if (checksumOf(bytes, at, at + sectorSize) !== group.sums.readUInt32LE(index * 4)) {
            throw damaged(`what is at ${address + at} has another checksum`);
          }
        }
      }
    },
  };
}

/** The last one that begins at an address or before it. */
function groupOf(groups: readonly Group[], address: number): Group | undefined {
  let [low, high] = [0, groups.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (groups[middle]!.start <= address) low = middle + 1;
    else high = middle;
  }
  return groups[low - 1];
}

import { inflateSync, zstdDecompressSync } from 'node:zlib';
import { roundDown, roundUp } from '../../../domain/round.ts';
import { firstZstdFrame } from '../../compress/index.ts';
import type { Extent } from '../../image.ts';
import { readUint64 } from '../bytes.ts';
import type { Sums } from './checksums.ts';
import { damaged, unsupported } from './errors.ts';
import type { ReadItem } from './items.ts';
import type { Volume } from './volume.ts';

/** A run of a file: in bytes of it. */
export type Run = Extent & {
  /** How it is packed; 0 is not at all. */
  readonly packing: number;
  /** Bytes of all that it is a part of, unpacked. */
  readonly whole: number;
} & (
    | { readonly inline: Buffer }
    | {
        readonly inline: undefined;
        /** Where that is, and how much it takes there: a logical address, and bytes. */
        readonly address: number;
        readonly packed: number;
        /** Where in it, unpacked, the run begins. */
        readonly skip: number;
        readonly isSummed: boolean;
      }
  );

const INLINE = 0;
const REGULAR = 1;
const RESERVED = 2;
const HEADER = 21;
const REGULAR_SIZE = 53;
const PACKINGS = { none: 0, zlib: 1, lzo: 2, zstd: 3 } as const;
/** Most that is packed in one piece. */
const MOST_PACKED = 128 * 1024;

/** The run that an item tells of; undefined for a hole, and for what was reserved and never written. Throws `BTRFS_DAMAGED`, and `BTRFS_UNSUPPORTED` with the name of a packing. */
export function parseRun(item: ReadItem, isSummed: boolean): Run | undefined {
  const { objectid, offset, data } = item;
  const broken = () => damaged(`inode ${objectid} has an extent that cannot be`);
  if (data.length < HEADER) throw broken();
  const [whole, packing, type] = [readUint64(data, 8), data[16]!, data[20]!];
  if (packing === PACKINGS.lzo) {
    const hint = 'Where the image runs, pack it otherwise: btrfs filesystem defragment -r -czstd /';
    throw unsupported(`inode ${objectid} is packed with lzo, which is not read`, hint);
  }
  if (packing > PACKINGS.zstd || data[17] !== 0 || data.readUInt16LE(18) !== 0) {
    throw unsupported(`inode ${objectid} is packed or encrypted in a way that is not read`);
  }
  const isPacked = packing !== PACKINGS.none;
  if (isPacked && whole > MOST_PACKED) throw broken();
  if (type === INLINE) {
    const inline = Buffer.from(data.subarray(HEADER));
    if (offset !== 0 || (!isPacked && inline.length !== whole)) throw broken();
    return { offset, length: whole, packing, whole, inline };
  }
  if (data.length < REGULAR_SIZE) throw broken();
  if (type === RESERVED) return undefined;
  const address = readUint64(data, 21);
  if (address === 0) return undefined;
  const [packed, skip, length] = [readUint64(data, 29), readUint64(data, 37), readUint64(data, 45)];
  const isInside = skip + length <= (isPacked ? whole : packed) && (!isPacked || packed <= MOST_PACKED);
  if (type !== REGULAR || !isInside || length === 0) throw broken();
  return { offset, length, packing, whole, inline: undefined, address, packed, skip, isSummed };
}

/** `length` bytes of a run, from `from` of them on. Throws `BTRFS_DAMAGED` where they have another checksum. */
export async function readRun(
  volume: Volume,
  sums: Sums,
  run: Run,
  from: number,
  length: number,
): Promise<Uint8Array> {
  if (run.inline !== undefined) return unpack(run.inline, run).subarray(from, from + length);
  const { sectorSize } = volume;
  const { address, packed, skip, packing, isSummed } = run;
  const read = async (start: number, size: number): Promise<Buffer> => {
    const bytes = await volume.readLogical(start, size);
    if (isSummed) sums.check(start, bytes);
    return bytes;
  };
  if (packing !== PACKINGS.none) {
    return unpack(await read(address, packed), run).subarray(skip + from, skip + from + length);
  }
  const first = roundDown(skip + from, sectorSize);
  const end = roundUp(skip + from + length, sectorSize);
  const bytes = await read(address + first, end - first);
  return bytes.subarray(skip + from - first, skip + from - first + length);
}

/** What is behind the end of what was packed is zeros. */
function unpack(bytes: Buffer, { packing, whole }: Run): Buffer {
  if (packing === PACKINGS.none) return bytes;
  // Whole pages were packed, whatever the size of the file is.
  const options = { maxOutputLength: MOST_PACKED + 65_536 };
  try {
    // Behind it, up to the end of the sector, there is anything.
    const unpacked =
      packing === PACKINGS.zlib
        ? inflateSync(bytes, options)
        : zstdDecompressSync(firstZstdFrame(bytes), options);
    if (unpacked.length >= whole) return unpacked.subarray(0, whole);
    return Buffer.concat([unpacked, Buffer.alloc(whole - unpacked.length)]);
  } catch (cause) {
    throw damaged(
      `what is packed in it cannot be unpacked (${cause instanceof Error ? cause.message : cause})`,
    );
  }
}

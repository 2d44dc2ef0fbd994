import { roundDown, roundUp } from '../../../domain/round.ts';
import type { FeatureNames } from '../../feature-names.ts';
import { damaged, unsupported } from './errors.ts';
import type { ReadInode } from './inode.ts';
import type { Run } from './runs.ts';
import type { Volume } from './volume.ts';

/** What an index says of a block of a file. */
interface Cluster {
  /** `middle`: nothing begins in it. */
  readonly type: 'plain' | 'packed' | 'middle';
  /** Where in it something begins. */
  readonly from: number;
  /** The block that this is stored in. */
  readonly block: number;
}

const ALGORITHMS = ['lz4', 'lzma', 'deflate', 'zstd'];
const SHORT_INDEXES = 0x1;
const TURNED = 0x10;
const OTHERS: FeatureNames = [
  [0x2, 'clusters of several blocks'],
  [0x4, 'clusters of several blocks'],
  [0x8, 'packed ends beside inodes'],
  [0x20, 'packed ends of several files'],
];
const TYPES = ['plain', 'packed', 'middle', undefined] as const;
const HEADER = 8;
const FULL = 8;
/** Bits of an index that say where something begins. */
const FROM = 12;

/** Runs of a file that is packed in blocks of LZ4. Throws `EROFS_DAMAGED`, `EROFS_UNSUPPORTED`. Source: Linux, fs/erofs/zmap.c. */
export async function readClusters(volume: Volume, inode: ReadInode): Promise<readonly Run[]> {
  const { blockSize } = volume;
  const { size } = inode;
  const count = Math.ceil(size / blockSize);
  const place = roundUp(inode.end, 8);
  const header = await volume.read(place, HEADER);
  const advice = checkHeader(header, inode);
  const clusters =
    inode.layout === 'full indexes'
      ? await readFull(volume, place + HEADER + 8, count)
      : await readCompact(volume, place + HEADER, count, (advice & SHORT_INDEXES) !== 0);
  // What begins where the file ends says only that.
  const begins = clusters
    .flatMap(({ type, from, block }, index) =>
      type === 'middle' ? [] : [{ type, block, offset: index * blockSize + from }],
    )
    .filter(({ offset }) => offset < size);
  const broken = () => damaged(`inode ${inode.inode} has indexes that cannot be`);
  if (begins[0]?.offset !== 0) throw broken();
  return begins.map(({ type, block, offset }, index): Run => {
    const length = (begins[index + 1]?.offset ?? size) - offset;
    const isPlain = type === 'plain';
    const isThere = (block + 1) * blockSize <= volume.size;
    if (length <= 0 || !isThere || (isPlain && length > blockSize)) throw broken();
    const form = isPlain ? ((advice & TURNED) === 0 ? 'plain' : 'turned') : 'lz4';
    return { offset, length, place: block * blockSize, form };
  });
}

function checkHeader(header: Buffer, { inode }: ReadInode): number {
  const advice = header.readUInt16LE(4);
  const algorithm = header[6]! & 15;
  const other = OTHERS.find(([bit]) => (advice & bit) !== 0)?.[1];
  if (header[7]! >>> 7 !== 0) throw unsupported('files that lie in another one are not read');
  if (other !== undefined) throw unsupported(`${other} are not read`);
  if (algorithm !== 0)
    throw unsupported(`what is packed by ${ALGORITHMS[algorithm] ?? algorithm} is not read`);
  if ((header[7]! & 7) !== 0) throw unsupported(`inode ${inode} has indexes of several blocks`);
  return advice;
}

async function readFull(volume: Volume, place: number, count: number): Promise<readonly Cluster[]> {
  const bytes = await volume.read(place, count * FULL);
  return Array.from({ length: count }, (_, index) => {
    const at = index * FULL;
    return clusterOf(
      bytes.readUInt16LE(at) & 3,
      bytes.readUInt16LE(at + 2),
      bytes.readUInt32LE(at + 4),
      volume,
    );
  });
}

/** Indexes in packs: 2 in 8 bytes, and 16 in 32 bytes where that is aligned. */
async function readCompact(
  volume: Volume,
  place: number,
  count: number,
  hasShort: boolean,
): Promise<readonly Cluster[]> {
  if (volume.blockSize !== 2 ** FROM) throw unsupported(`packed files in blocks of ${volume.blockSize}`);
  const before = Math.min(((32 - (place % 32)) % 32) / 4, count);
  const short = hasShort ? roundDown(count - before, 16) : 0;
  const packs = (from: number, indexes: number, each: number, size: number) =>
    Array.from({ length: Math.ceil(indexes / each) }, (_, index) => ({
      at: from + index * size,
      each,
      size,
    }));
  const all = [
    ...packs(0, before, 2, 8),
    ...packs(before * 4, short, 16, 32),
    ...packs(before * 4 + short * 2, count - before - short, 2, 8),
  ];
  const last = all.at(-1)!;
  const bytes = await volume.read(place, last.at + last.size);
  const clusters = all.flatMap(({ at, each, size }) => readPack(bytes.subarray(at, at + size), each, volume));
  return clusters.slice(0, count);
}

/** The first block that is named in a pack follows the one that it ends with; each takes one. */
function readPack(pack: Buffer, each: number, volume: Volume): readonly Cluster[] {
  const bits = ((pack.length - 4) * 8) / each;
  let block = pack.readUInt32LE(pack.length - 4);
  return Array.from({ length: each }, (_, index) => {
    const bit = index * bits;
    const value = pack.readUIntLE(bit >>> 3, 3) >>> (bit & 7);
    const type = (value >>> FROM) & 3;
    if (TYPES[type] !== 'middle') block += 1;
    return clusterOf(type, value & (2 ** FROM - 1), block, volume);
  });
}

function clusterOf(type: number, from: number, block: number, { blockSize }: Volume): Cluster {
  const name = TYPES[type];
  if (name === undefined) throw unsupported('files that are packed in two ways are not read');
  if (name === 'middle') return { type: name, from: 0, block: 0 };
  if (from >= blockSize) throw damaged(`a block begins ${from} bytes into another one`);
  return { type: name, from, block };
}

import { constants, deflateRawSync, deflateSync, zstdCompressSync } from 'node:zlib';

/** What compresses a block: zlib's format at level 6, deflate alone with a smaller window, or Zstandard. */
export type BlockCodec =
  | { readonly kind: 'zlib' }
  | { readonly kind: 'deflate'; readonly windowBits: number }
  | { readonly kind: 'zstd'; readonly level: number };

/** How the blocks of a disk are compressed, each by itself. */
export interface BlockPacking {
  /** Bytes. */
  readonly blockSize: number;
  readonly codec: BlockCodec;
  /** Whether a block that does not shrink stays as it is. */
  readonly keepsPlain: boolean;
}

/** Blocks that follow one another on a disk, each compressed by itself. */
export interface PackedBlocks {
  /** They are at its start, one after another, without gaps. */
  readonly memory: Uint8Array<ArrayBuffer>;
  /** How many bytes each block has there: none where it is all zeros, `blockSize` where it was kept as it is. */
  readonly lengths: readonly number[];
}

const LEVEL = 6;
/** Of what is given at once, more than a block's: room for all that zlib or Zstandard make of one that does not shrink. */
const MARGIN = 4096;

/**
 * Compresses whole blocks into `memory`, if that is large enough. Waits for nothing: what the calls of an asynchronous
 * one cost is more than compressing a block with Zstandard, so threads call this one.
 */
export function packBlocks(
  plain: Uint8Array,
  { blockSize, codec, keepsPlain }: BlockPacking,
  memory?: Uint8Array<ArrayBuffer>,
): PackedBlocks {
  const most = blockSize + MARGIN;
  const pack = packerOf(codec, most);
  const zeros = new Uint8Array(blockSize);
  const room = Math.ceil(plain.length / blockSize) * most;
  const target = memory !== undefined && memory.length >= room ? memory : new Uint8Array(room);
  const lengths: number[] = [];
  let used = 0;
  for (let at = 0; at < plain.length; at += blockSize) {
    const block = plain.subarray(at, at + blockSize);
    const isZeros = Buffer.compare(zeros, block) === 0;
    const packed = isZeros ? block.subarray(0, 0) : pack(block);
    const part = keepsPlain && packed.length >= blockSize ? block : packed;
    target.set(part, used);
    used += part.length;
    lengths.push(part.length);
  }
  return { memory: target, lengths };
}

function packerOf(codec: BlockCodec, chunkSize: number): (block: Uint8Array) => Uint8Array {
  switch (codec.kind) {
    case 'zlib':
      return (block) => deflateSync(block, { level: LEVEL, chunkSize });
    case 'deflate':
      return (block) => deflateRawSync(block, { level: LEVEL, windowBits: codec.windowBits, chunkSize });
    case 'zstd': {
      const options = { params: { [constants.ZSTD_c_compressionLevel]: codec.level }, chunkSize };
      return (block) => zstdCompressSync(block, options);
    }
  }
}

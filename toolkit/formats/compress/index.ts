export { type BlockPacking, type PackedBlocks, packBlocks } from './blocks.ts';
export { gzip } from './gzip.ts';
export { zstd } from './zstd.ts';
export { firstZstdFrame } from './zstd-frame.ts';

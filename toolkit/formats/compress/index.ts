export { gzip } from './gzip.ts';
export { zstd } from './zstd.ts';
export { type BlockPacker, zstdBlocks } from './zstd-blocks.ts';

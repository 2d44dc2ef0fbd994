export { gzip } from './gzip.ts';
export { zstd } from './zstd.ts';

export { decompress } from './decompress.ts';
export { checkLocation } from './location.ts';
export { readPrimary } from './primary.ts';
export { findRecord, readRepomd } from './repomd.ts';
export type { Checksum, RepodataFile, Repomd, RepomdRecord, RepoPackage } from './types.ts';
export { type RepodataOptions, writeRepodata } from './write.ts';

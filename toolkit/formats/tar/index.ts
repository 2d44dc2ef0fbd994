export { type TarContents, tarContents } from './contents.ts';
export { ARCHIVE_END } from './file.ts';
export { packTar } from './pack.ts';
export type { XattrRecords } from './pax.ts';
export { LEAST_HOLES } from './sparse.ts';
export { type TarOptions, tarParts, writeTar } from './write.ts';

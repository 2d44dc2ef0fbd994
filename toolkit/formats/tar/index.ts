export { type TarContents, tarContents } from './contents.ts';
export type { XattrRecords } from './pax.ts';
export { type TarOptions, writeTar } from './write.ts';

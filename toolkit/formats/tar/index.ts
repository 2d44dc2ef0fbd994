export type { XattrRecords } from './pax.ts';
export { type TarOptions, writeTar } from './write.ts';

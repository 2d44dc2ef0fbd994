export type { FatKind } from './geometry.ts';
export { type FatContent, type FatEntry, openFat } from './read.ts';

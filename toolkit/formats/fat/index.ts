export { type FatContent, type FatEntry, openFat } from './read.ts';

export { isMbr, readMbr } from './read.ts';
export { encodeMbr, type MbrLayout, type MbrPartition } from './write.ts';

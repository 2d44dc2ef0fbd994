export { encodeMbr, type MbrLayout, type MbrOptions, type MbrPartition, mbrNumber } from './write.ts';

export { encodeMbr, type MbrLayout, type MbrPartition } from './write.ts';

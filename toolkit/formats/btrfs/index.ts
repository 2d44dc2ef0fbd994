export { type BtrfsOptions, planBtrfs } from './plan.ts';
export { writeBtrfs } from './write.ts';

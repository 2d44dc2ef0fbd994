export { type BtrfsOptions, planBtrfs } from './plan.ts';
export { readBtrfs } from './read/tree.ts';
export { writeBtrfs } from './write.ts';

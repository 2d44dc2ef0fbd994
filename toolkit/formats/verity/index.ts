export { parseVeritySuperblock } from './superblock.ts';
export { writeVerityTree } from './tree.ts';

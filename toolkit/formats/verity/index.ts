export { writeVerityTree } from './tree.ts';

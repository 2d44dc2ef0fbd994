export { readSquashfs, type SquashfsContent } from './read/tree.ts';

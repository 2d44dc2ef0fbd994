export { type ErofsContent, readErofs } from './read/tree.ts';

export { isElf, readElf } from './read.ts';

export { readSection } from './read.ts';

export { openFat } from './read.ts';

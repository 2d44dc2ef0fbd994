export { readSwap } from './read.ts';
export { encodeSwapHeader } from './write.ts';

export { usableSectors } from './header.ts';
export { isProtectiveMbr } from './mbr.ts';
export { readGpt } from './read.ts';
export { encodeGpt, type GptOptions } from './write.ts';

export { type PeSection, readPeHeader } from './header.ts';
export { readSection } from './read.ts';

export { diskFileName } from './envelope.ts';
export { writeOva } from './write.ts';

export { writeOci } from './write.ts';

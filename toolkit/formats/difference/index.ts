export { compareRpms } from './rpm.ts';

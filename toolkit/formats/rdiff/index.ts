export { rdiffDelta } from './delta.ts';

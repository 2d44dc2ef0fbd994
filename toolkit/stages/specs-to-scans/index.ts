export { scanSpecs } from './run.ts';

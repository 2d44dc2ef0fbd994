export { scanSpecs } from './run.ts';
export type { ScanInput } from './types.ts';

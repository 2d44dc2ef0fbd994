export { writeDisk } from './run.ts';
export type { DiskFacts, DiskPlan, DiskRequest } from './types.ts';

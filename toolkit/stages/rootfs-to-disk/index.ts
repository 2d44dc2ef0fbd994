export { planDisk } from './plan.ts';
export { readDiskFacts, writeDisk } from './run.ts';
export type { DiskFacts, DiskPlan, DiskRequest } from './types.ts';

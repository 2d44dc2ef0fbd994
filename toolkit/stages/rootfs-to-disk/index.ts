export { writeDisk } from './run.ts';
export type { DiskPlan, DiskRequest } from './types.ts';

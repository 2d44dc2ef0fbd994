export { planSrpm, srpmContents } from './plan.ts';
export { cachedSrpm, type LocateFiles, type PackInput, packSrpm } from './run.ts';
export type { Srpm, SrpmFile, SrpmPlan, SrpmPlanInput } from './types.ts';

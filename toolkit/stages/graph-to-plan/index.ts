export { findSrpm, planBuilds } from './plan.ts';
export { buildCycleError, graphToPlan } from './run.ts';
export type { PlanInput } from './types.ts';

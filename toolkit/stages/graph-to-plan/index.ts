export { findSrpm, planBuilds } from './plan.ts';
export { buildCycleError, graphToPlan } from './run.ts';

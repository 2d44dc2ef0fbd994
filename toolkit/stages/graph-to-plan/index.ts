export { findSrpm, planBuilds } from './plan.ts';
export { graphToPlan } from './run.ts';

export { planBuilds } from './plan.ts';
export { graphToPlan } from './run.ts';

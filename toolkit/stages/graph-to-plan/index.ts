export { planBuilds } from './plan.ts';
export { graphToPlan } from './run.ts';
export type { PlanInput } from './types.ts';

export { planRootfs } from './plan.ts';
export { composeRootfs, readFacts } from './run.ts';
export type { RootfsFacts, RootfsPlan, RootfsRequest } from './types.ts';

export { writeMetadata } from './metadata.ts';
export { planRepo, repoLocation } from './plan.ts';
export { publishRepo } from './run.ts';
export type { RepoEntry, RepoPlan } from './types.ts';

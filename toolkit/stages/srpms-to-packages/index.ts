export { readRpmFile } from './artifact.ts';
export { buildRoot } from './layer.ts';
export { planPackage } from './plan.ts';
export { type BuildInput, buildPackages, cachedPackages } from './run.ts';
export type { BuildDependency, BuildOutcome, ErrorSummary, PackagePlan, PackagePlanInput } from './types.ts';
export { buildVaried, cachedVaried, type VariedOutcome, variedKey } from './varied.ts';

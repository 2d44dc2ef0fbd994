export { graphSnapshot } from './plan.ts';
export { scansToGraph } from './run.ts';

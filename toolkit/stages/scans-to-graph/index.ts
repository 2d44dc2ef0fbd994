export { formatRelation, graphSnapshot, seedPool, serverPool } from './plan.ts';
export { scansToGraph } from './run.ts';

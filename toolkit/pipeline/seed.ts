export { seedPool } from '../stages/scans-to-graph/index.ts';

export { planQcow2 } from './write.ts';

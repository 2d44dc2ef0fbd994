export { compressQcow2 } from './compress.ts';
export { planQcow2 } from './write.ts';

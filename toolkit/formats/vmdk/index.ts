export type { VmdkIdentity } from './descriptor.ts';
export { planVmdk } from './sparse.ts';
export { streamVmdk } from './stream.ts';

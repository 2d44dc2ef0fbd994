export type { VhdxIdentity } from './headers.ts';
export { planVhdx } from './write.ts';

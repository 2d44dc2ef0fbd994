export { planVhdx } from './dynamic.ts';
export type { VhdxIdentity } from './headers.ts';

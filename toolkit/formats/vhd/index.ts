export { planDynamicVhd } from './dynamic.ts';
export { planFixedVhd } from './fixed.ts';
export type { VhdIdentity } from './footer.ts';

export type { VdiIdentity } from './header.ts';
export { planVdi } from './write.ts';

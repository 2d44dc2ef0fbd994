export { composeRootfs } from './run.ts';
export type { BaseMounts, RootfsBase, RootfsFacts, RootfsPlan, RootfsRequest } from './types.ts';

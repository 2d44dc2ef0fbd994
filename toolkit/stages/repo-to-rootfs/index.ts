export { composeRootfs } from './run.ts';
export type { RootfsBase, RootfsFacts, RootfsPlan, RootfsRequest } from './types.ts';

export { composeRootfs } from './run.ts';
export type { RootfsFacts, RootfsPlan, RootfsRequest } from './types.ts';

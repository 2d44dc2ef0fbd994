export { contentsOfDisk, contentsOfTar, contentsOfTree } from './contents/index.ts';
export { composeRootfs, type OpenRootfs, openRootfs } from './run.ts';
export type { BaseMounts, RootfsBase, RootfsFacts, RootfsPlan, RootfsRequest } from './types.ts';

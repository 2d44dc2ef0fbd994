export { contentsOfDisk, contentsOfTar, contentsOfTree } from './contents/index.ts';
export { composeRootfs, type OpenRootfs, openRootfs } from './run.ts';
export { PRESET } from './system-files.ts';
export type { BaseMounts, RootfsBase, RootfsFacts, RootfsPlan, RootfsRequest } from './types.ts';

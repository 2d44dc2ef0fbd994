export { scanSpecs } from './run.ts';
export { buildFiles, type DistroTree, openTree, prebuiltNames, treeFiles } from './tree.ts';

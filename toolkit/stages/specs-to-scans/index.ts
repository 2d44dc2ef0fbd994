export { scanSpecs } from './run.ts';
export { type DistroTree, openTree, prebuiltNames, treeFiles } from './tree.ts';

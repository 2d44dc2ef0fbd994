export type { ReadContent } from '../../domain/manifest.ts';
export type { ExtKind } from './form.ts';
export { type Ext4Options, type Ext4Plan, planExt4 } from './plan.ts';
export { type Ext4Content, readExt4 } from './read/tree.ts';
export { writeExt4 } from './write.ts';

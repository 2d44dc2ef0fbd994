export { type ContentDifference, describeBytes } from './bytes.ts';
export { compareContent } from './content.ts';
export { ext4Place } from './ext4.ts';
export { fatPlace } from './fat.ts';
export { formatField } from './fields.ts';
export { compareRpms } from './rpm.ts';

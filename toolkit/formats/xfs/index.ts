export { planXfs, type XfsOptions } from './plan.ts';
export { readXfs } from './read/tree.ts';
export { writeXfs } from './write.ts';

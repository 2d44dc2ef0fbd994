export { planXfs, type XfsOptions } from './plan.ts';
export { writeXfs } from './write.ts';

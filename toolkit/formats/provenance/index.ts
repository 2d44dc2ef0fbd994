export { writeImageLock, writePackageList } from './lock.ts';
export { writeProvenance } from './statement.ts';

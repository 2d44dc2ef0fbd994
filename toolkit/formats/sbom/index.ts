export { writeCycloneDx } from './cyclonedx.ts';
export { debianPurl, rpmPurl, sourceRpmPurl } from './purl.ts';
export { writeSpdx } from './spdx.ts';

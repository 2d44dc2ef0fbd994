export { enrollCertificate } from './enroll.ts';
export { readVariables, type UefiVariable } from './store.ts';

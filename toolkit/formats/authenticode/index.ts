export { imageDigest, signProgram } from './sign.ts';

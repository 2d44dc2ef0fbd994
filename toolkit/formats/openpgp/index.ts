export { detachedSignature, publicKeyPacket } from './sign.ts';

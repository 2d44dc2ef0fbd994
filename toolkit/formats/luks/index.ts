export { encodeLuksHeader } from './header.ts';
export { ARGON2ID } from './kdf.ts';
export { encryptedPayload } from './payload.ts';

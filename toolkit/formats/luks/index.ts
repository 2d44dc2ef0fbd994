export { encodeLuksHeader } from './header.ts';
export { ARGON2ID } from './kdf.ts';
export { encodeLuks1Header, LUKS1_ITERATIONS } from './luks1.ts';
export { encryptedPayload } from './payload.ts';
export { isLuks, type OpenedLuks, openLuks } from './read/open.ts';

export { detachedSignedData, SHA256, signedData } from './signed-data.ts';

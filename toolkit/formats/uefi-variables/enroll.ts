import { guidToBytes } from '../../domain/uuid.ts';
import { type UefiVariable, withVariables } from './store.ts';

/** Who defines them: EFI_GLOBAL_VARIABLE, EFI_IMAGE_SECURITY_DATABASE, and EDK II. */
const GLOBAL = '8be4df61-93ca-11d2-aa0d-00e098032b8c';
const SECURITY_DATABASE = 'd719b2cb-3d3a-4596-a3bc-dad00e67656f';
const SECURE_BOOT_ENABLE = 'f0a30bc7-af08-4556-99c4-001009c93a44';
const X509 = 'a5c059a1-94e4-4aa7-87b5-ab155c2bf072';
/** Kept, seen before and after the start of the system, and changed with a signature only; kept, seen before it. */
const AUTHENTICATED = 0x27;
const OF_FIRMWARE = 0x03;

/**
 * Firmware variables with Secure Boot on, that trust one certificate (DER) and no other: as PK, KEK and db. `file`
 * is what a firmware comes with, with no key enrolled. Throws `UEFI_VARIABLES`. Source: UEFI 2.10, 32.3 and 32.4.1.
 */
export function enrollCertificate(file: Buffer, certificate: Uint8Array): Buffer {
  const data = signatureList(certificate);
  const authenticated = (name: string, vendor: string): UefiVariable => {
    return { name, vendor, attributes: AUTHENTICATED, data };
  };
  return withVariables(file, [
    authenticated('db', SECURITY_DATABASE),
    authenticated('KEK', GLOBAL),
    authenticated('PK', GLOBAL),
    {
      ...{ name: 'SecureBootEnable', vendor: SECURE_BOOT_ENABLE },
      ...{ attributes: OF_FIRMWARE, data: Buffer.from([1]) },
    },
  ]);
}

/** EFI_SIGNATURE_LIST of one certificate, whose owner is whoever defines the others. */
function signatureList(certificate: Uint8Array): Buffer {
  const sizes = Buffer.alloc(12);
  const signature = 16 + certificate.length;
  sizes.writeUInt32LE(16 + 12 + signature, 0);
  sizes.writeUInt32LE(signature, 8);
  return Buffer.concat([guidToBytes(X509), sizes, guidToBytes(GLOBAL), certificate]);
}

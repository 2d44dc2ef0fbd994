import { createHash } from 'node:crypto';
import type { EfiSigner } from '../../domain/efi-signer.ts';
import { bits, element, octets, oid, readElement, sequence, setOf } from '../der/index.ts';
import { SHA256, signedData } from '../pkcs7/index.ts';

const CONTENT_TYPE = oid('1.2.840.113549.1.9.3');
const MESSAGE_DIGEST = oid('1.2.840.113549.1.9.4');
/** Of Microsoft: SPC_INDIRECT_DATA and SPC_PE_IMAGE_DATA. */
const INDIRECT_DATA = oid('1.3.6.1.4.1.311.2.1.4');
const PE_IMAGE_DATA = oid('1.3.6.1.4.1.311.2.1.15');

/**
 * PKCS #7 SignedData of the digest of a PE program. No signing time is in it. Source: RFC 2315; Microsoft, Windows
 * Authenticode Portable Executable Signature Format.
 */
export function signedProgram(digest: Uint8Array, signer: EfiSigner): Buffer {
  const content = sequence(sequence(PE_IMAGE_DATA, peImageData()), sequence(SHA256, octets(digest)));
  const hash = createHash('sha256').update(readElement(content).content).digest();
  const attributes = setOf(
    sequence(CONTENT_TYPE, setOf(INDIRECT_DATA)),
    sequence(MESSAGE_DIGEST, setOf(octets(hash))),
  );
  const info = sequence(INDIRECT_DATA, element(0xa0, content));
  return signedData({ info, attributes, hasCertificate: true }, signer);
}

/** No flags, and the file name that everybody writes. */
function peImageData(): Buffer {
  const name = Buffer.from('<<<Obsolete>>>', 'utf16le').swap16();
  return sequence(bits(new Uint8Array()), element(0xa0, element(0xa2, element(0x80, name))));
}

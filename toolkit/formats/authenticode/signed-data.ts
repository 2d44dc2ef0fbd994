import { createHash } from 'node:crypto';
import type { EfiSigner } from '../../domain/efi-signer.ts';
import { bits, element, integer, octets, oid, readElement, sequence, setOf, TAGS } from '../der/index.ts';

const SIGNED_DATA = oid('1.2.840.113549.1.7.2');
const CONTENT_TYPE = oid('1.2.840.113549.1.9.3');
const MESSAGE_DIGEST = oid('1.2.840.113549.1.9.4');
const RSA = algorithm('1.2.840.113549.1.1.1');
const SHA256 = algorithm('2.16.840.1.101.3.4.2.1');
/** Of Microsoft: SPC_INDIRECT_DATA and SPC_PE_IMAGE_DATA. */
const INDIRECT_DATA = oid('1.3.6.1.4.1.311.2.1.4');
const PE_IMAGE_DATA = oid('1.3.6.1.4.1.311.2.1.15');

/**
 * PKCS #7 SignedData of the digest of a PE program. No signing time is in it. Source: RFC 2315; Microsoft, Windows
 * Authenticode Portable Executable Signature Format.
 */
export function signedData(digest: Uint8Array, { certificate, sign }: EfiSigner): Buffer {
  const content = sequence(sequence(PE_IMAGE_DATA, peImageData()), sequence(SHA256, octets(digest)));
  const hash = createHash('sha256').update(readElement(content).content).digest();
  const attributes = setOf(
    sequence(CONTENT_TYPE, setOf(INDIRECT_DATA)),
    sequence(MESSAGE_DIGEST, setOf(octets(hash))),
  );
  const signerInfo = sequence(
    ...[integer(1), issuerAndSerial(certificate), SHA256],
    // Signed as a set, and written with another tag.
    element(0xa0, readElement(attributes).content),
    ...[RSA, octets(sign(attributes))],
  );
  const signed = sequence(
    ...[integer(1), setOf(SHA256), sequence(INDIRECT_DATA, element(0xa0, content))],
    ...[element(0xa0, certificate), setOf(signerInfo)],
  );
  return sequence(SIGNED_DATA, element(0xa0, signed));
}

/** No flags, and the file name that everybody writes. */
function peImageData(): Buffer {
  const name = Buffer.from('<<<Obsolete>>>', 'utf16le').swap16();
  return sequence(bits(new Uint8Array()), element(0xa0, element(0xa2, element(0x80, name))));
}

function issuerAndSerial(certificate: Uint8Array): Buffer {
  const [signed] = readElement(Buffer.from(certificate)).parts();
  const fields = signed!.parts();
  // The version is left out where it is 1.
  const [serial, , issuer] = fields[0]?.tag === 0xa0 ? fields.slice(1) : fields;
  return sequence(issuer!.whole, serial!.whole);
}

function algorithm(dotted: string): Buffer {
  return sequence(oid(dotted), element(TAGS.null));
}

import type { EfiSigner } from '../../domain/efi-signer.ts';
import { element, integer, octets, oid, readElement, sequence, setOf, TAGS } from '../der/index.ts';

const DATA = oid('1.2.840.113549.1.7.1');
const SIGNED_DATA = oid('1.2.840.113549.1.7.2');
const RSA = algorithm('1.2.840.113549.1.1.1');
/** Algorithm identifier, DER. */
export const SHA256 = algorithm('2.16.840.1.101.3.4.2.1');

interface SignedContent {
  /** ContentInfo, DER: the type, and the content where it is carried. */
  readonly info: Uint8Array;
  /** Signed attributes, DER of a SET: the signature is of them, and they have the content's digest. */
  readonly attributes?: Buffer;
  /** What the signature is of where there are no attributes. */
  readonly bytes?: Uint8Array;
  /** Whether the certificate is carried. */
  readonly hasCertificate: boolean;
}

/** PKCS #7 SignedData with one signer. There is no signing time of our own. Source: RFC 2315, 9. */
export function signedData(
  { info, attributes, bytes = new Uint8Array(), hasCertificate }: SignedContent,
  { certificate, sign }: EfiSigner,
): Buffer {
  const signerInfo = sequence(
    ...[integer(1), issuerAndSerial(certificate), SHA256],
    // Signed as a set, and written with another tag.
    ...(attributes === undefined ? [] : [element(0xa0, readElement(attributes).content)]),
    ...[RSA, octets(sign(attributes ?? bytes))],
  );
  const signed = sequence(
    ...[integer(1), setOf(SHA256), info],
    ...(hasCertificate ? [element(0xa0, certificate)] : []),
    setOf(signerInfo),
  );
  return sequence(SIGNED_DATA, element(0xa0, signed));
}

/**
 * A signature of bytes that are kept elsewhere, by a certificate that whoever checks has: without attributes, so that
 * the same bytes, key and certificate give the same. The kernel takes it so. Source: Linux,
 * crypto/asymmetric_keys/pkcs7_verify.c.
 */
export function detachedSignedData(bytes: Uint8Array, signer: EfiSigner): Buffer {
  return signedData({ info: sequence(DATA), bytes, hasCertificate: false }, signer);
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

import { createHash, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import type { EfiSigner } from '../../domain/efi-signer.ts';

const VERSION = 4;
const RSA = 1;
const SHA256 = 8;
const BINARY_DOCUMENT = 0x00;
/** Tags of packets, and types of subpackets of a signature. */
const SIGNATURE = 2;
const PUBLIC_KEY = 6;
const CREATION_TIME = 2;
const ISSUER = 16;

/**
 * The public key of a certificate as GRUB takes it: one packet, without names. It is as old as the certificate.
 * Source: RFC 4880, 5.5.2.
 */
export function publicKeyPacket(certificate: Uint8Array): Buffer {
  return packet(PUBLIC_KEY, keyBody(certificate));
}

/** A detached signature of some bytes, as old as the certificate. Source: RFC 4880, 5.2.3. */
export function detachedSignature(bytes: Uint8Array, { certificate, sign }: EfiSigner): Buffer {
  const key = keyBody(certificate);
  const time = key.subarray(1, 5);
  const hashed = subpacket(CREATION_TIME, time);
  const head = Buffer.concat([Buffer.from([VERSION, BINARY_DOCUMENT, RSA, SHA256]), sized16(hashed)]);
  const trailer = Buffer.concat([Buffer.from([VERSION, 0xff]), uint32(head.length)]);
  const signed = Buffer.concat([bytes, head, trailer]);
  const digest = createHash('sha256').update(signed).digest();
  const fingerprint = createHash('sha1')
    .update(Buffer.concat([Buffer.from([0x99]), sized16(key)]))
    .digest();
  const issuer = subpacket(ISSUER, fingerprint.subarray(-8));
  return packet(
    SIGNATURE,
    Buffer.concat([head, sized16(issuer), digest.subarray(0, 2), wholeNumber(Buffer.from(sign(signed)))]),
  );
}

function keyBody(certificate: Uint8Array): Buffer {
  const { publicKey, validFrom } = new X509Certificate(certificate);
  const { n, e } = z.object({ n: z.string(), e: z.string() }).parse(publicKey.export({ format: 'jwk' }));
  const numbers = [n, e].map((value) => wholeNumber(Buffer.from(value, 'base64url')));
  const seconds = Math.max(0, Math.floor(Date.parse(validFrom) / 1000));
  return Buffer.concat([Buffer.from([VERSION]), uint32(seconds), Buffer.from([RSA]), ...numbers]);
}

/** Bits, then bytes without leading zeros. */
function wholeNumber(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const value = bytes.subarray(first);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(value.length * 8 - Math.clz32(value[0]!) + 24);
  return Buffer.concat([length, value]);
}

/** In the old form, with a length of two bytes. */
function packet(tag: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x81 | (tag << 2)]), sized16(body)]);
}

function subpacket(type: number, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([body.length + 1, type]), body]);
}

function sized16(body: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(body.length);
  return Buffer.concat([length, body]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

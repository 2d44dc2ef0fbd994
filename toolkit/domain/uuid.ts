import { createHash } from 'node:crypto';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Name space of all that distrokit names itself (UUIDv5 of "distrokit" in the DNS name space). */
export const DISTROKIT_NAMESPACE = uuidV5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'distrokit');

/** Whether the text is a UUID in its 36 characters; case does not matter. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/**
 * The name-based UUID (SHA-1) of `name` in the name space `namespace`, in lower case.
 * Throws RangeError when the name space is no UUID. Source: RFC 9562, 5.5.
 */
export function uuidV5(namespace: string, name: string): string {
  const digest = createHash('sha1')
    .update(uuidToBytes(namespace))
    .update(name, 'utf8')
    .digest()
    .subarray(0, 16);
  digest[6] = (digest[6]! & 0x0f) | 0x50;
  digest[8] = (digest[8]! & 0x3f) | 0x80;
  return uuidFromBytes(digest);
}

/** The 16 bytes of a UUID in network order. Throws RangeError when it is none. */
export function uuidToBytes(uuid: string): Buffer {
  if (!isUuid(uuid)) {
    throw new RangeError(`${JSON.stringify(uuid)} is not a UUID`);
  }
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

/** The UUID whose bytes in network order these are, in lower case. */
export function uuidFromBytes(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.subarray(0, 16)).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}

/**
 * The 16 bytes of a GUID as UEFI and Microsoft store it: the first three fields little-endian.
 * Source: UEFI 2.10, appendix A.
 */
export function guidToBytes(guid: string): Buffer {
  return swapFields(uuidToBytes(guid));
}

/** Reads what `guidToBytes` writes. */
export function guidFromBytes(bytes: Uint8Array): string {
  return uuidFromBytes(swapFields(Buffer.from(bytes.subarray(0, 16))));
}

function swapFields(bytes: Buffer): Buffer {
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}

export const TAGS = { null: 0x05, sequence: 0x30, set: 0x31 } as const;

/** An element of a tag and the pieces of its content. Source: X.690, 8 and 10. */
export function element(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(body.length)]), body]);
}

export function sequence(...items: readonly Uint8Array[]): Buffer {
  return element(TAGS.sequence, ...items);
}

/** A set in the order that DER asks for. */
export function setOf(...items: readonly Uint8Array[]): Buffer {
  return element(TAGS.set, ...items.toSorted(Buffer.compare));
}

/** Of 0 to 127. */
export function integer(value: number): Buffer {
  return element(0x02, Buffer.from([value]));
}

export function octets(bytes: Uint8Array): Buffer {
  return element(0x04, bytes);
}

/** Whole bytes. */
export function bits(bytes: Uint8Array): Buffer {
  return element(0x03, Buffer.from([0]), bytes);
}

/** An object identifier, as `1.2.840.113549`. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let left = value >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let left = length; left > 0; left >>>= 8) bytes.unshift(left & 0xff);
  return [0x80 | bytes.length, ...bytes];
}

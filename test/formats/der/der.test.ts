import { describe, expect, it } from 'vitest';
import {
  element,
  integer,
  octets,
  oid,
  readElement,
  sequence,
  setOf,
} from '../../../toolkit/formats/der/index.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('DER', () => {
  it.each([
    // X.690, 8.19.5: {2 100 3} has another first byte; these are of PKCS #7.
    ['an object identifier', oid('1.2.840.113549.1.7.2'), '06092a864886f70d010702'],
    ['a number', integer(1), '020101'],
    ['a short length', octets(Buffer.alloc(2)), '04020000'],
    ['a set in the order of its bytes', setOf(integer(5), integer(3)), '3106020103020105'],
  ])('writes %s', (_, bytes, expected) => {
    expect(hex(bytes)).toBe(expected);
  });

  it.each([127, 128, 255, 256, 70_000])('reads what it has written, of %i bytes', (length) => {
    const bytes = sequence(octets(Buffer.alloc(length, 7)), integer(1));
    const [first, second] = readElement(Buffer.concat([bytes, Buffer.from('more')])).parts();
    expect(first!.content).toHaveLength(length);
    expect(hex(second!.whole)).toBe('020101');
  });

  it.each([Buffer.alloc(0), Buffer.from([0x30]), Buffer.from([0x30, 5, 1]), Buffer.from([0x30, 0x82, 1])])(
    'refuses what is cut short: %o',
    (bytes) => {
      expect(() => readElement(bytes)).toThrow(/cut short/);
      expect(() => readElement(element(0x30, bytes.subarray(0, 1))).parts()).toBeDefined();
    },
  );
});

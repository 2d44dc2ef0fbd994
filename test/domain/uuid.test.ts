import { describe, expect, it } from 'vitest';
import { guidFromBytes, guidToBytes, uuidFromBytes, uuidToBytes, uuidV5 } from '../../toolkit/domain/uuid.ts';

describe('uuidV5', () => {
  it('makes the UUID of the example in RFC 9562, A.4', () => {
    expect(uuidV5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe(
      '2ed6657d-e927-568b-95e1-2665a8aea6a2',
    );
  });

  it('takes no name space that is no UUID', () => {
    expect(() => uuidV5('dns', 'x')).toThrow(RangeError);
  });
});

describe('the bytes of a UUID', () => {
  const uuid = '00112233-4455-6677-8899-aabbccddeeff';

  it('are in network order', () => {
    expect(uuidToBytes(uuid).toString('hex')).toBe('00112233445566778899aabbccddeeff');
    expect(uuidFromBytes(uuidToBytes(uuid))).toBe(uuid);
  });

  it('have the first three fields little-endian in a GUID', () => {
    expect(guidToBytes(uuid).toString('hex')).toBe('33221100554477668899aabbccddeeff');
    expect(guidFromBytes(guidToBytes(uuid))).toBe(uuid);
  });
});

import { describe, expect, it } from 'vitest';
import { crc32c, crc32cUpdate } from '../../toolkit/formats/crc32c.ts';
import { noise } from './support/bytes.ts';

describe('crc32c', () => {
  // RFC 3720, B.4.
  it.each([
    ['zeros', Buffer.alloc(32), 0x8a9136aa],
    ['ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['counting up', Buffer.from(Array.from({ length: 32 }, (_, index) => index)), 0x46dd794e],
    ['the digits', Buffer.from('123456789'), 0xe3069283],
  ])('is the checksum of the RFC: %s', (_, bytes, sum) => {
    expect(crc32c(bytes)).toBe(sum);
  });

  it('goes on where it was left, at any place', () => {
    const bytes = noise(300, 7);
    for (const at of [0, 1, 7, 8, 9, 255, 300]) {
      const state = crc32cUpdate(crc32cUpdate(0xffffffff, bytes, 0, at), bytes, at);
      expect(~state >>> 0).toBe(crc32c(bytes));
    }
  });
});

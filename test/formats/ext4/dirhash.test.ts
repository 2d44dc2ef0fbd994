import { describe, expect, it } from 'vitest';
import { nameHasher } from '../../../toolkit/formats/ext4/dirhash.ts';

const SEED = '01234567-89ab-cdef-0123-456789abcdef';
const NO_SEED = '00000000-0000-0000-0000-000000000000';

describe('nameHasher', () => {
  // What `dx_hash -h half_md4 [-s SEED] NAME` of debugfs 1.47.0 says.
  it.each([
    [SEED, 'a', 0x35dc0cc4, 0x3f1dacef],
    [NO_SEED, 'a', 0xd5fa7d7a, 0xacb48187],
    [SEED, 'hello', 0xa26e4a80, 0x97e5b7f7],
    [SEED, 'n'.repeat(100), 0xe6611700, 0xb5d67a39],
    [NO_SEED, 'n'.repeat(100), 0x13f05a1e, 0x8a0353f1],
  ])('hashes with the seed %s the name %s', (seed, name, major, minor) => {
    expect(nameHasher(seed)(Buffer.from(name), 0)).toEqual({ major, minor });
    expect(nameHasher(seed)(Buffer.from(`folder/${name}`), 7)).toEqual({ major, minor });
  });
});

import { uuidToBytes } from '../../domain/uuid.ts';

/** Hash of a name: entries of a large directory are sorted by `major`, then by `minor`. */
export interface NameHash {
  readonly major: number;
  readonly minor: number;
}

const K2 = 0x5a827999;
const K3 = 0x6ed9eba1;
/** Hashes the end of a path from `from` on. */
export type HashName = (path: Uint8Array, from: number) => NameHash;

/** A hash that the kernel keeps for the end of a directory. */
const END = 0xfffffffe;

/** Hashes names as half MD4 with signed characters does. Source: Linux, fs/ext4/hash.c. */
export function nameHasher(seed: string): HashName {
  const bytes = uuidToBytes(seed);
  const start = [0, 4, 8, 12].map((at) => bytes.readUInt32LE(at));
  // A seed of zeros stands for MD4's own.
  const initial = start.some((word) => word !== 0) ? start : [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  const state = new Int32Array(4);
  const words = new Int32Array(8);
  return (path, from) => {
    for (let index = 0; index < 4; index += 1) state[index] = initial[index]!;
    for (let at = from; at < path.length; at += 32) {
      fillWords(words, path, at);
      halfMd4(state, words);
    }
    const major = (state[1]! & ~1) >>> 0;
    return { major: major === END ? END - 2 : major, minor: state[2]! >>> 0 };
  };
}

function fillWords(words: Int32Array, path: Uint8Array, from: number): void {
  const left = path.length - from;
  const byte = left & 0xff;
  const filling = byte | (byte << 8) | (byte << 16) | (byte << 24);
  words.fill(filling);
  const length = Math.min(left, 32);
  let value = filling;
  for (let index = 0; index < length; index += 1) {
    const signed = (path[from + index]! << 24) >> 24;
    value = (signed + (value << 8)) | 0;
    if (index % 4 === 3) {
      words[index >> 2] = value;
      value = filling;
    }
  }
  if (length % 4 !== 0) words[length >> 2] = value;
}

function halfMd4(state: Int32Array, x: Int32Array): void {
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  for (const [i, j, k, l] of ROUNDS[0]) {
    a = rotate(a + (d ^ (b & (c ^ d))) + x[i]!, 3);
    d = rotate(d + (c ^ (a & (b ^ c))) + x[j]!, 7);
    c = rotate(c + (b ^ (d & (a ^ b))) + x[k]!, 11);
    b = rotate(b + (a ^ (c & (d ^ a))) + x[l]!, 19);
  }
  for (const [i, j, k, l] of ROUNDS[1]) {
    a = rotate(a + ((b & c) + ((b ^ c) & d)) + x[i]! + K2, 3);
    d = rotate(d + ((a & b) + ((a ^ b) & c)) + x[j]! + K2, 5);
    c = rotate(c + ((d & a) + ((d ^ a) & b)) + x[k]! + K2, 9);
    b = rotate(b + ((c & d) + ((c ^ d) & a)) + x[l]! + K2, 13);
  }
  for (const [i, j, k, l] of ROUNDS[2]) {
    a = rotate(a + (b ^ c ^ d) + x[i]! + K3, 3);
    d = rotate(d + (a ^ b ^ c) + x[j]! + K3, 9);
    c = rotate(c + (d ^ a ^ b) + x[k]! + K3, 11);
    b = rotate(b + (c ^ d ^ a) + x[l]! + K3, 15);
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
}

/** Order in which each round takes the words. */
const ROUNDS = [
  [
    [0, 1, 2, 3],
    [4, 5, 6, 7],
  ],
  [
    [1, 3, 5, 7],
    [0, 2, 4, 6],
  ],
  [
    [3, 7, 2, 6],
    [1, 5, 0, 4],
  ],
] as const;

function rotate(value: number, bits: number): number {
  return (value << bits) | ((value | 0) >>> (32 - bits));
}

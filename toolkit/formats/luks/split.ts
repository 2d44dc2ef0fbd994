import { createHash } from 'node:crypto';

const DIGEST = 32;

/**
 * Spreads a key over `stripes` times its length: who destroys any part of it destroys the key. `random` gives the bytes
 * of all stripes but the last. Source: LUKS1 On-Disk Format Specification 1.2.3, 2.4 (AFsplit, with sha256).
 */
export function splitKey(key: Uint8Array, stripes: number, random: (length: number) => Uint8Array): Buffer {
  const filling = random(key.length * (stripes - 1));
  const state = Buffer.alloc(key.length);
  for (let at = 0; at < filling.length; at += key.length) {
    xor(state, filling.subarray(at, at + key.length));
    state.set(diffuse(state));
  }
  xor(state, key);
  return Buffer.concat([filling, state]);
}

/** The key that was split. */
export function mergeKey(split: Uint8Array, length: number): Buffer {
  const state = Buffer.alloc(length);
  for (let at = 0; at + length < split.length; at += length) {
    xor(state, split.subarray(at, at + length));
    state.set(diffuse(state));
  }
  xor(state, split.subarray(split.length - length));
  return state;
}

function xor(target: Buffer, other: Uint8Array): void {
  for (let at = 0; at < target.length; at += 1) target[at]! ^= other[at]!;
}

/** Each piece as long as a digest becomes the digest of its number and itself, cut to its length. */
function diffuse(bytes: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += DIGEST) {
    const piece = bytes.subarray(at, at + DIGEST);
    const number = Buffer.alloc(4);
    number.writeUInt32BE(at / DIGEST);
    pieces.push(createHash('sha256').update(number).update(piece).digest().subarray(0, piece.length));
  }
  return Buffer.concat(pieces);
}

import { createHash } from 'node:crypto';

/** Bytes of digests that keys are split with, by their names. */
export const DIGESTS: Readonly<Record<string, number>> = { sha1: 20, sha256: 32, sha512: 64 };

/**
 * Spreads a key over `stripes` times its length: who destroys any part of it destroys the key. `random` gives the bytes
 * of all stripes but the last. Source: LUKS1 On-Disk Format Specification 1.2.3, 2.4 (AFsplit, with sha256).
 */
export function splitKey(key: Uint8Array, stripes: number, random: (length: number) => Uint8Array): Buffer {
  const filling = random(key.length * (stripes - 1));
  const state = Buffer.alloc(key.length);
  for (let at = 0; at < filling.length; at += key.length) {
    xor(state, filling.subarray(at, at + key.length));
    state.set(diffuse(state, 'sha256'));
  }
  xor(state, key);
  return Buffer.concat([filling, state]);
}

/** The key that was split, with `hash`. */
export function mergeKey(split: Uint8Array, length: number, hash = 'sha256'): Buffer {
  const state = Buffer.alloc(length);
  for (let at = 0; at + length < split.length; at += length) {
    xor(state, split.subarray(at, at + length));
    state.set(diffuse(state, hash));
  }
  xor(state, split.subarray(split.length - length));
  return state;
}

function xor(target: Buffer, other: Uint8Array): void {
  for (let at = 0; at < target.length; at += 1) target[at]! ^= other[at]!;
}

/** Each piece as long as a digest becomes the digest of its number and itself, cut to its length. */
function diffuse(bytes: Buffer, hash: string): Buffer {
  const size = DIGESTS[hash]!;
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    const number = Buffer.alloc(4);
    number.writeUInt32BE(at / size);
    pieces.push(createHash(hash).update(number).update(piece).digest().subarray(0, piece.length));
  }
  return Buffer.concat(pieces);
}

import { createCipheriv, createDecipheriv } from 'node:crypto';
import { roundDown } from '../../domain/round.ts';
import type { PositionedBytes } from '../positioned.ts';

const SECTOR = 512;

/**
 * Encrypts whole sectors as dm-crypt does with aes-xts-plain64. `sectorSize` is 512 or 4096; `first` is the number
 * of the first of them, counted in 512 bytes from the beginning of the encrypted area, as dm-crypt counts it without
 * `iv_large_sectors`. The key is twice as long as AES's. Source: cryptsetup's wiki, DMCrypt.
 */
export function encryptSectors(
  bytes: Uint8Array,
  key: Uint8Array,
  first: number,
  sectorSize: number = SECTOR,
): Buffer {
  return eachSector(createCipheriv, bytes, key, first, sectorSize);
}

/** What `encryptSectors` encrypted. */
export function decryptSectors(
  bytes: Uint8Array,
  key: Uint8Array,
  first: number,
  sectorSize: number = SECTOR,
): Buffer {
  return eachSector(createDecipheriv, bytes, key, first, sectorSize);
}

function eachSector(
  create: typeof createCipheriv | typeof createDecipheriv,
  bytes: Uint8Array,
  key: Uint8Array,
  first: number,
  sectorSize: number,
): Buffer {
  const done = Buffer.allocUnsafe(bytes.length);
  const iv = Buffer.alloc(16);
  const algorithm = key.length === 64 ? 'aes-256-xts' : 'aes-128-xts';
  for (let at = 0; at < bytes.length; at += sectorSize) {
    iv.writeBigUInt64LE(BigInt(first + at / SECTOR));
    done.set(create(algorithm, key, iv).update(bytes.subarray(at, at + sectorSize)), at);
  }
  return done;
}

/**
 * All sectors of a container's payload of a stream of what it holds, in pieces of whole sectors; `offset` counts from
 * its beginning. Zeros are encrypted too: what reads them has to find zeros. Throws where the stream does not end with a
 * sector.
 */
export async function* encryptedPayload(
  bytes: AsyncIterable<Uint8Array>,
  key: Uint8Array,
  sectorSize: number,
): AsyncGenerator<PositionedBytes> {
  let offset = 0;
  let rest: Uint8Array = Buffer.alloc(0);
  for await (const piece of bytes) {
    const all = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const whole = roundDown(all.length, sectorSize);
    // The stream may fill its buffer anew.
    rest = Buffer.from(all.subarray(whole));
    if (whole === 0) continue;
    yield { offset, bytes: encryptSectors(all.subarray(0, whole), key, offset / SECTOR, sectorSize) };
    offset += whole;
  }
  if (rest.length > 0) throw new Error('the payload ends inside a sector');
}

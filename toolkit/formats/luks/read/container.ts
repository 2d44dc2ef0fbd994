import { pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import { roundUp } from '../../../domain/round.ts';
import { type StoredDerivation, slotKeyFrom } from '../kdf.ts';
import { decryptSectors } from '../payload.ts';
import { DIGESTS, mergeKey } from '../split.ts';
import { damaged, unsupported } from './errors.ts';

/** A container as its header tells of it. Places are bytes from its beginning. */
export interface LuksContainer {
  readonly type: 'luks1' | 'luks2';
  readonly uuid: string;
  readonly keyslots: readonly Keyslot[];
  readonly digest: KeyDigest;
  readonly payload: number;
  readonly sectorSize: number;
}

/** Where the volume key lies, split and encrypted by a passphrase. */
export interface Keyslot {
  readonly offset: number;
  readonly stripes: number;
  /** What it is split with. */
  readonly hash: string;
  readonly kdf: StoredDerivation;
}

/** What tells whether a volume key is the right one. */
export interface KeyDigest {
  readonly hash: string;
  readonly iterations: number;
  readonly salt: Uint8Array;
  readonly digest: Uint8Array;
  /** Bytes of the volume key. */
  readonly keyBytes: number;
}

/** As cryptsetup allows: more would take the machine's memory. */
const MOST_STRIPES = 8192;
const MOST_ITERATIONS = 100_000_000;

/** The volume key out of a keyslot whose bytes are read; undefined where the passphrase is another one. */
export async function openKeyslot(
  { offset, stripes, hash, kdf }: Keyslot,
  digest: KeyDigest,
  passphrase: Uint8Array,
  read: (offset: number, length: number) => Promise<Buffer>,
): Promise<Buffer | undefined> {
  const { keyBytes } = digest;
  const size = keyBytes * stripes;
  const area = await read(offset, roundUp(size, 512));
  const slotKey = slotKeyFrom(passphrase, kdf, keyBytes);
  const key = mergeKey(decryptSectors(area, slotKey, 0).subarray(0, size), keyBytes, hash);
  const { iterations, salt } = digest;
  const found = pbkdf2Sync(key, salt, iterations, digest.digest.length, digest.hash);
  return timingSafeEqual(found, digest.digest) ? key : undefined;
}

/** A name of a hash that keys are split and derived with. Throws `LUKS_UNSUPPORTED`. */
export function knownHash(name: unknown): string {
  if (typeof name === 'string' && DIGESTS[name] !== undefined) return name;
  throw unsupported(`its hash ${String(name)} is not known`);
}

/** Bytes of a key of AES in XTS. Throws `LUKS_UNSUPPORTED`. */
export function knownKey(bytes: unknown): number {
  if (bytes === 64 || bytes === 32) return bytes;
  throw unsupported(`its volume key has ${String(bytes)} bytes`);
}

export function checkedStripes(count: unknown): number {
  return checked(count, MOST_STRIPES, 'stripes');
}

export function checkedIterations(count: unknown): number {
  return checked(count, MOST_ITERATIONS, 'iterations');
}

/** A whole number from 1 on. Throws `LUKS_DAMAGED`. */
export function checked(count: unknown, most: number, what: string): number {
  if (typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= most) return count;
  throw damaged(`its header says ${String(count)} ${what}`);
}

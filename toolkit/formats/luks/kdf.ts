import { argon2Sync, pbkdf2Sync } from 'node:crypto';

/** How the key of a keyslot comes from a passphrase. */
export type KeyDerivation =
  | { readonly type: 'pbkdf2'; readonly iterations: number }
  | {
      readonly type: 'argon2id';
      readonly passes: number;
      readonly memoryKib: number;
      readonly lanes: number;
    };

/**
 * The second choice of RFC 9106, 4: what opens the disk has to have the 64 MiB free, in a machine of 256 MiB too.
 */
export const ARGON2ID: KeyDerivation = { type: 'argon2id', passes: 3, memoryKib: 64 * 1024, lanes: 4 };

/** The key of a keyslot, of `length` bytes. Takes as long as a guess is to take. */
export function slotKeyOf(
  passphrase: Uint8Array,
  salt: Uint8Array,
  kdf: KeyDerivation,
  length: number,
): Buffer {
  const stored = kdf.type === 'pbkdf2' ? { ...kdf, hash: 'sha256', salt } : { ...kdf, salt };
  return slotKeyFrom(passphrase, stored, length);
}

/** As a header has it, with its salt. */
export type StoredDerivation = { readonly salt: Uint8Array } & (
  | { readonly type: 'pbkdf2'; readonly hash: string; readonly iterations: number }
  | {
      readonly type: 'argon2id' | 'argon2i';
      readonly passes: number;
      readonly memoryKib: number;
      readonly lanes: number;
    }
);

/** The key of a keyslot that was made by whoever. */
export function slotKeyFrom(passphrase: Uint8Array, kdf: StoredDerivation, length: number): Buffer {
  if (kdf.type === 'pbkdf2') return pbkdf2Sync(passphrase, kdf.salt, kdf.iterations, length, kdf.hash);
  const { salt: nonce, passes, memoryKib: memory, lanes: parallelism } = kdf;
  const parameters = { message: passphrase, nonce, passes, memory, parallelism, tagLength: length };
  return argon2Sync(kdf.type, parameters);
}

/** What the header says of it, beside the salt. Source: LUKS2 On-Disk Format Specification 1.1.1, 3.2. */
export function kdfDescription(kdf: KeyDerivation): object {
  if (kdf.type === 'pbkdf2') return { type: 'pbkdf2', hash: 'sha256', iterations: kdf.iterations };
  return { type: 'argon2id', time: kdf.passes, memory: kdf.memoryKib, cpus: kdf.lanes };
}

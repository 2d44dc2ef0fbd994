import { pbkdf2Sync } from 'node:crypto';
import { LUKS_PAYLOAD } from '../../domain/image-encryption.ts';
import { roundUp } from '../../domain/round.ts';
import type { LuksOptions } from './header.ts';
import { slotKeyOf } from './kdf.ts';
import { encryptSectors } from './payload.ts';
import { splitKey } from './split.ts';

const SECTOR = 512;
const KEY = 64;
const STRIPES = 4000;
const SALT = 32;
const SLOTS = 8;
const DIGEST_ITERATIONS = 1000;
/** Slots begin at whole blocks of 4096 bytes, behind the header. */
const FIRST_SLOT = 4096;
const SLOT = roundUp(KEY * STRIPES, 4096);
const ENABLED = 0x00ac71f3;
const DISABLED = 0x0000dead;

/** How a container of the first version is made. */
export interface Luks1Options extends Pick<LuksOptions, 'uuid' | 'volumeKey' | 'passphrase' | 'random'> {
  /** Of PBKDF2: what a guess of the passphrase costs. */
  readonly iterations: number;
}

/** OWASP's advice for PBKDF2 with SHA-256 is 600,000; it is what the first version has to offer. */
export const LUKS1_ITERATIONS = 1_000_000;

/**
 * Everything of a LUKS1 container before its payload, with one passphrase: `LUKS_PAYLOAD` bytes of which those that
 * are not given here are zeros. Its payload has sectors of 512 bytes. Source: LUKS1 On-Disk Format Specification 1.2.3.
 */
export function encodeLuks1Header(options: Luks1Options): Buffer {
  const { uuid, volumeKey, passphrase, iterations, random } = options;
  if (volumeKey.length !== KEY) throw new RangeError(`a volume key has ${KEY} bytes`);
  const salt = random(SALT);
  const slotKey = slotKeyOf(passphrase, salt, { type: 'pbkdf2', iterations }, KEY);
  const material = encryptSectors(splitKey(volumeKey, STRIPES, random), slotKey, 0);
  const digestSalt = random(SALT);
  const header = Buffer.alloc(FIRST_SLOT);
  header.write('LUKS\xba\xbe', 0, 'latin1');
  header.writeUInt16BE(1, 6);
  header.write('aes', 8, 'latin1');
  header.write('xts-plain64', 40, 'latin1');
  header.write('sha256', 72, 'latin1');
  header.writeUInt32BE(LUKS_PAYLOAD / SECTOR, 104);
  header.writeUInt32BE(KEY, 108);
  header.set(pbkdf2Sync(volumeKey, digestSalt, DIGEST_ITERATIONS, 20, 'sha256'), 112);
  header.set(digestSalt, 132);
  header.writeUInt32BE(DIGEST_ITERATIONS, 164);
  header.write(uuid, 168, 'latin1');
  for (let slot = 0; slot < SLOTS; slot += 1) {
    const at = 208 + slot * 48;
    header.writeUInt32BE(slot === 0 ? ENABLED : DISABLED, at);
    header.writeUInt32BE((FIRST_SLOT + slot * SLOT) / SECTOR, at + 40);
    header.writeUInt32BE(STRIPES, at + 44);
  }
  header.writeUInt32BE(iterations, 212);
  header.set(salt, 216);
  return Buffer.concat([header, material]);
}

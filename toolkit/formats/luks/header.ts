import { createHash, pbkdf2Sync } from 'node:crypto';
import { LUKS_PAYLOAD } from '../../domain/image-encryption.ts';
import { roundUp } from '../../domain/round.ts';
import { type KeyDerivation, kdfDescription, slotKeyOf } from './kdf.ts';
import { encryptSectors } from './payload.ts';
import { splitKey } from './split.ts';

/** Bytes of each of the two headers with its JSON. */
const HEADER = 16 * 1024;
const BINARY = 4096;
const KEYSLOTS = 32 * 1024;
const KEY = 64;
const STRIPES = 4000;
const SALT = 32;
const DIGEST_ITERATIONS = 1000;

/** How a container is made. */
export interface LuksOptions {
  readonly uuid: string;
  readonly label: string;
  /** 64 bytes: AES-256 in XTS. Whoever has them reads everything. */
  readonly volumeKey: Uint8Array;
  readonly passphrase: Uint8Array;
  /** What a guess of the passphrase costs. */
  readonly kdf: KeyDerivation;
  readonly sectorSize: 512 | 4096;
  /** Secret randomness: salts, and what the key is split with. */
  readonly random: (length: number) => Uint8Array;
}

/**
 * Everything of a LUKS2 container before its payload, with one passphrase: `LUKS_PAYLOAD` bytes of which those that
 * are not given here are zeros. Source: LUKS2 On-Disk Format Specification 1.1.1.
 */
export function encodeLuksHeader(options: LuksOptions): Buffer {
  const { volumeKey, passphrase, kdf, random } = options;
  if (volumeKey.length !== KEY) throw new RangeError(`a volume key has ${KEY} bytes`);
  const salt = random(SALT);
  const areaSize = roundUp(KEY * STRIPES, 4096);
  const area = Buffer.alloc(areaSize);
  area.set(splitKey(volumeKey, STRIPES, random));
  const slotKey = slotKeyOf(passphrase, salt, kdf, KEY);
  const digestSalt = random(SALT);
  const digest = pbkdf2Sync(volumeKey, digestSalt, DIGEST_ITERATIONS, 32, 'sha256');
  const json = metadata(options, { salt, areaSize, digestSalt, digest });
  const headers = [0, 1].map((copy) => oneHeader(options, copy === 1, json, random(64)));
  return Buffer.concat([...headers, encryptSectors(area, slotKey, 0)]);
}

interface Secrets {
  readonly salt: Uint8Array;
  readonly areaSize: number;
  readonly digestSalt: Uint8Array;
  readonly digest: Uint8Array;
}

function metadata({ kdf, sectorSize }: LuksOptions, { salt, areaSize, digestSalt, digest }: Secrets): string {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return JSON.stringify({
    keyslots: {
      '0': {
        type: 'luks2',
        key_size: KEY,
        af: { type: 'luks1', stripes: STRIPES, hash: 'sha256' },
        area: {
          ...{ type: 'raw', offset: String(KEYSLOTS), size: String(areaSize) },
          ...{ encryption: 'aes-xts-plain64', key_size: KEY },
        },
        kdf: { ...kdfDescription(kdf), salt: text(salt) },
      },
    },
    tokens: {},
    segments: {
      '0': {
        ...{ type: 'crypt', offset: String(LUKS_PAYLOAD), size: 'dynamic', iv_tweak: '0' },
        ...{ encryption: 'aes-xts-plain64', sector_size: sectorSize },
      },
    },
    digests: {
      '0': {
        ...{ type: 'pbkdf2', keyslots: ['0'], segments: ['0'], hash: 'sha256' },
        ...{ iterations: DIGEST_ITERATIONS, salt: text(digestSalt), digest: text(digest) },
      },
    },
    config: { json_size: String(HEADER - BINARY), keyslots_size: String(LUKS_PAYLOAD - KEYSLOTS) },
  });
}

function oneHeader({ uuid, label }: LuksOptions, isSecond: boolean, json: string, salt: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER);
  header.write(isSecond ? 'SKUL\xba\xbe' : 'LUKS\xba\xbe', 0, 'latin1');
  header.writeUInt16BE(2, 6);
  header.writeBigUInt64BE(BigInt(HEADER), 8);
  header.writeBigUInt64BE(1n, 16);
  header.write(label, 24, 47);
  header.write('sha256', 72, 'latin1');
  header.set(salt, 104);
  header.write(uuid, 168, 'latin1');
  header.writeBigUInt64BE(BigInt(isSecond ? HEADER : 0), 256);
  header.write(json, BINARY);
  header.set(createHash('sha256').update(header).digest(), 448);
  return header;
}

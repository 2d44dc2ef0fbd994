import { createHash } from 'node:crypto';
import { untilNul } from '../../../domain/text.ts';
import type { StoredDerivation } from '../kdf.ts';
import {
  checked,
  checkedIterations,
  checkedStripes,
  type KeyDigest,
  type Keyslot,
  knownHash,
  knownKey,
  type LuksContainer,
} from './container.ts';
import { damaged, unsupported } from './errors.ts';

const BINARY = 4096;
const CHECKSUM = { at: 448, length: 64 } as const;
/** As the specification allows. */
const MOST_HEADER = 4 * 1024 ** 2;
const MOST_MEMORY_KIB = 4 * 1024 ** 2;
const CIPHER = 'aes-xts-plain64';

type Fields = Readonly<Record<string, unknown>>;

/** Bytes of the header, JSON included, as its beginning says. Throws `LUKS_DAMAGED`. */
export function luks2HeaderSize(start: Buffer): number {
  const size = Number(start.readBigUInt64BE(8));
  if (size >= 4 * BINARY && size <= MOST_HEADER) return size;
  throw damaged(`its header has ${size} bytes`);
}

/**
 * Reads the first header of a LUKS2 container. Throws `LUKS_DAMAGED`, and `LUKS_UNSUPPORTED` for more than one whole
 * payload of AES-XTS. Source: LUKS2 On-Disk Format Specification 1.1.1.
 */
export function parseLuks2(header: Buffer): LuksContainer {
  checkChecksum(header);
  const text = untilNul(header.toString('utf8', BINARY));
  const metadata = parseJson(text);
  const config = optional(metadata, 'config');
  if (config.requirements !== undefined) throw unsupported('it is being encrypted anew');
  const segments = Object.entries(fields(metadata, 'segments'));
  const [[segmentId, segment] = ['', undefined], ...others] = segments;
  if (others.length > 0) throw unsupported('its payload is in several parts');
  const { encryption, integrity, iv_tweak: tweak, sector_size: sectorSize, offset } = asFields(segment);
  if (encryption !== CIPHER) throw unsupported(`its cipher ${String(encryption)} is not known`);
  if (integrity !== undefined) throw unsupported('its payload is authenticated');
  if (Number(tweak) !== 0) throw unsupported('the sectors of its payload are counted otherwise');
  const digests = Object.values(fields(metadata, 'digests')).map(asFields);
  const digest = digests.find(({ segments }) => asList(segments).includes(segmentId));
  if (digest === undefined) throw damaged('it has no digest of its volume key');
  const mine = asList(digest.keyslots);
  const slots = Object.entries(fields(metadata, 'keyslots')).filter(([id]) => mine.includes(id));
  const keySize = knownKey(asFields(slots[0]?.[1]).key_size);
  return {
    type: 'luks2',
    uuid: untilNul(header.toString('latin1', 168, 208)),
    keyslots: slots.map(([, slot]) => keyslotOf(asFields(slot))),
    digest: digestOf(digest, keySize),
    payload: place(offset),
    sectorSize: checked(sectorSize, 4096, 'bytes of a sector'),
  };
}

function checkChecksum(header: Buffer): void {
  const copy = Buffer.from(header);
  copy.fill(0, CHECKSUM.at, CHECKSUM.at + CHECKSUM.length);
  const hash = knownHash(untilNul(header.toString('latin1', 72, 104)));
  const digest = createHash(hash).update(copy).digest();
  if (!digest.equals(header.subarray(CHECKSUM.at, CHECKSUM.at + digest.length))) {
    throw damaged('its header has another checksum');
  }
}

function keyslotOf(slot: Fields): Keyslot {
  const [area, af, kdf] = [fields(slot, 'area'), fields(slot, 'af'), fields(slot, 'kdf')];
  if (area.encryption !== CIPHER) throw unsupported(`the cipher ${String(area.encryption)} is not known`);
  return {
    ...{ offset: place(area.offset), stripes: checkedStripes(af.stripes), hash: knownHash(af.hash) },
    kdf: derivationOf(kdf),
  };
}

function derivationOf(kdf: Fields): StoredDerivation {
  const salt = base64(kdf.salt);
  const { type } = kdf;
  if (type === 'pbkdf2') {
    return { type, hash: knownHash(kdf.hash), iterations: checkedIterations(kdf.iterations), salt };
  }
  if (type !== 'argon2id' && type !== 'argon2i') throw unsupported(`${String(type)} is not known`);
  const memoryKib = checked(kdf.memory, MOST_MEMORY_KIB, 'KiB');
  const lanes = checked(kdf.cpus, 64, 'processors');
  return { type, passes: checkedIterations(kdf.time), memoryKib, lanes, salt };
}

function digestOf({ type, hash, iterations, salt, digest }: Fields, keyBytes: number): KeyDigest {
  if (type !== 'pbkdf2') throw unsupported(`the digest ${String(type)} is not known`);
  return {
    ...{ hash: knownHash(hash), iterations: checkedIterations(iterations), keyBytes },
    ...{ salt: base64(salt), digest: base64(digest) },
  };
}

function parseJson(text: string): Fields {
  try {
    return asFields(JSON.parse(text));
  } catch {
    throw damaged('the JSON of its header is none');
  }
}

function fields(of: Fields, name: string): Fields {
  return asFields(of[name]);
}

function optional(of: Fields, name: string): Fields {
  return of[name] === undefined ? {} : asFields(of[name]);
}

function asFields(value: unknown): Fields {
  if (isFields(value)) return value;
  throw damaged('its header lacks what it has to have');
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function place(value: unknown): number {
  return checked(typeof value === 'string' ? Number(value) : value, Number.MAX_SAFE_INTEGER, 'bytes');
}

function base64(value: unknown): Buffer {
  if (typeof value !== 'string') throw damaged('its header lacks what it has to have');
  return Buffer.from(value, 'base64');
}

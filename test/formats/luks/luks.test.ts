import { createDecipheriv, createHash, pbkdf2Sync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LUKS_PAYLOAD } from '../../../toolkit/domain/image-encryption.ts';
import { ARGON2ID, encodeLuksHeader, encryptedPayload } from '../../../toolkit/formats/luks/index.ts';
import { encryptSectors } from '../../../toolkit/formats/luks/payload.ts';
import { mergeKey, splitKey } from '../../../toolkit/formats/luks/split.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';

/** Bytes that look random and are the same each time. */
function testRandom(): (length: number) => Buffer {
  let calls = 0;
  return (length) => {
    calls += 1;
    const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
      createHash('sha256').update(`${calls} ${index}`).digest(),
    );
    return Buffer.concat(blocks).subarray(0, length);
  };
}

const volumeKey = testRandom()(64);
const options = {
  ...{ uuid: '12345678-1234-4321-8765-123456789abc', label: 'root', volumeKey },
  kdf: { type: 'pbkdf2', iterations: 1000 } as const,
  passphrase: Buffer.from('open sesame'),
  sectorSize: 512 as const,
};

function decrypt(bytes: Buffer, key: Uint8Array, sector: number): Buffer {
  const iv = Buffer.alloc(16);
  iv.writeUInt32LE(sector);
  return createDecipheriv('aes-256-xts', key, iv).update(bytes);
}

describe('splitKey', () => {
  it.each([20, 32, 64])('gives %i bytes back only as a whole', (length) => {
    const key = testRandom()(length);
    const split = splitKey(key, 10, testRandom());
    expect(split.length).toBe(10 * length);
    expect(mergeKey(split, length)).toEqual(key);
    split[3]! ^= 1;
    expect(mergeKey(split, length)).not.toEqual(key);
  });
});

describe('encryptSectors', () => {
  it('counts from the number it is given, each sector by itself', () => {
    const plain = Buffer.concat([Buffer.alloc(512, 'a'), Buffer.alloc(512, 'a')]);
    const bytes = encryptSectors(plain, volumeKey, 7);
    expect(decrypt(bytes.subarray(0, 512), volumeKey, 7)).toEqual(plain.subarray(0, 512));
    expect(decrypt(bytes.subarray(512), volumeKey, 8)).toEqual(plain.subarray(512));
    const large = encryptSectors(Buffer.alloc(8192), volumeKey, 8, 4096);
    expect(decrypt(large.subarray(4096), volumeKey, 16)).toEqual(Buffer.alloc(4096));
  });
});

describe('encryptedPayload', () => {
  it('is the same however its pieces come', async () => {
    const plain = testRandom()(3 * 4096);
    async function* pieces() {
      yield plain.subarray(0, 5000);
      yield plain.subarray(5000, 5001);
      yield plain.subarray(5001);
    }
    const found = Buffer.alloc(plain.length);
    for await (const { offset, bytes } of encryptedPayload(pieces(), volumeKey, 4096))
      found.set(bytes, offset);
    expect(found).toEqual(encryptSectors(plain, volumeKey, 0, 4096));
  });

  it('wants whole sectors', async () => {
    async function* pieces() {
      yield Buffer.alloc(4097);
    }
    await expect(Array.fromAsync(encryptedPayload(pieces(), volumeKey, 4096))).rejects.toThrow('sector');
  });
});

describe('encodeLuksHeader', () => {
  it('has two headers whose checksums are right, and the volume key for the passphrase', () => {
    const header = encodeLuksHeader({ ...options, random: testRandom() });
    for (const [at, magic] of [
      [0, 'LUKS'],
      [16_384, 'SKUL'],
    ] as const) {
      const copy = Buffer.from(header.subarray(at, at + 16_384));
      expect(copy.toString('latin1', 0, 4)).toBe(magic);
      const checksum = Buffer.from(copy.subarray(448, 480));
      copy.fill(0, 448, 512);
      expect(createHash('sha256').update(copy).digest()).toEqual(checksum);
    }
    const text = header.toString('utf8', 4096, 16_384).replace(/\0+$/, '');
    const { area, kdf } = JSON.parse(text).keyslots['0'];
    const key = pbkdf2Sync('open sesame', Buffer.from(kdf.salt, 'base64'), kdf.iterations, 64, 'sha256');
    const begin = Number(area.offset);
    const split = Array.from({ length: 500 }, (_, sector) =>
      decrypt(header.subarray(begin + sector * 512, begin + (sector + 1) * 512), key, sector),
    );
    expect(mergeKey(Buffer.concat(split), 64)).toEqual(Buffer.from(volumeKey));
    expect(header.includes(volumeKey)).toBe(false);
    expect(header.includes('sesame')).toBe(false);
  });

  judged('cryptsetup').each([
    ['pbkdf2', options.kdf],
    ['argon2id', ARGON2ID],
  ] as const)('is opened by its passphrase and no other: %s', (type, kdf) => {
    using folder = tempFolder('luks-');
    const path = join(folder.path, 'disk');
    const disk = Buffer.alloc(LUKS_PAYLOAD + 1024 ** 2);
    disk.set(encodeLuksHeader({ ...options, kdf, random: testRandom() }));
    writeFileSync(path, disk);
    expect(runTool(['cryptsetup', 'luksDump', path]).toString()).toMatch(
      new RegExp(`${options.uuid}[^]*PBKDF: +${type}`),
    );
    const test = ['cryptsetup', 'open', '--test-passphrase', '--key-file', '-', path] as const;
    runTool([...test], { input: options.passphrase });
    runTool([...test], { input: Buffer.from('open'), okay: [2] });
  });
});

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { LUKS_PAYLOAD } from '../../../toolkit/domain/image-encryption.ts';
import {
  ARGON2ID,
  encodeLuks1Header,
  encodeLuksHeader,
  isLuks,
  openLuks,
} from '../../../toolkit/formats/luks/index.ts';
import { encryptSectors } from '../../../toolkit/formats/luks/payload.ts';
import { memorySource } from '../../../toolkit/formats/source.ts';

/** Bytes that look random and are the same each time. */
function random(length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
    createHash('sha256').update(`${index}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

const PLAIN = random(64 * 1024);
const uuid = '12345678-1234-4321-8765-123456789abc';
const passphrase = Buffer.from('open sesame');
const volumeKey = random(64);
const common = { uuid, volumeKey, passphrase, random };
const pbkdf2 = { type: 'pbkdf2', iterations: 1000 } as const;

const headers = {
  luks1: () => encodeLuks1Header({ ...common, iterations: 1000 }),
  luks2: () => encodeLuksHeader({ ...common, label: '', kdf: pbkdf2, sectorSize: 4096 }),
};

function disk(header: Uint8Array, sectorSize: number): Buffer {
  const bytes = Buffer.alloc(LUKS_PAYLOAD + PLAIN.length);
  bytes.set(header);
  bytes.set(encryptSectors(PLAIN, volumeKey, 0, sectorSize), LUKS_PAYLOAD);
  return bytes;
}

const open = async (bytes: Buffer, by = passphrase) =>
  await openLuks(memorySource(bytes), 0, bytes.length, by);

/** Changes the JSON of both headers' first one, and what depends on it. */
function changed(header: Buffer, change: (json: Record<string, Record<string, unknown>>) => void): Buffer {
  const other = Buffer.from(header);
  const json = JSON.parse(other.toString('utf8', 4096, 16_384).replace(/\0.*$/s, ''));
  change(json);
  other.fill(0, 4096, 16_384).write(JSON.stringify(json), 4096);
  other.fill(0, 448, 512);
  other.set(createHash('sha256').update(other.subarray(0, 16_384)).digest(), 448);
  return other;
}

describe('openLuks', () => {
  it.each([
    ['luks1', headers.luks1, 512],
    ['luks2', headers.luks2, 4096],
    ['luks2', () => encodeLuksHeader({ ...common, label: '', kdf: ARGON2ID, sectorSize: 4096 }), 4096],
  ] as const)('reads what is in a container of %s, wherever it begins', async (type, header, sectorSize) => {
    const bytes = disk(header(), sectorSize);
    expect(isLuks(bytes)).toBe(true);
    const later = Buffer.concat([Buffer.alloc(4096), bytes]);
    const opened = await openLuks(memorySource(later), 4096, bytes.length, passphrase);
    expect(opened).toMatchObject({ type, uuid, size: PLAIN.length });
    expect(Buffer.from(await opened.read(0, PLAIN.length))).toEqual(PLAIN);
    expect(Buffer.from(await opened.read(5000, 7000))).toEqual(PLAIN.subarray(5000, 12_000));
    expect(await opened.read(PLAIN.length - 10, 100)).toHaveLength(10);
  });

  it.each(['luks1', 'luks2'] as const)('says that a passphrase opens nothing of %s', async (type) => {
    const bytes = disk(headers[type](), 512);
    const wrong = open(bytes, Buffer.from('open'));
    await expect(wrong).rejects.toMatchObject({ code: 'LUKS_PASSPHRASE', errorClass: 'usage' });
  });

  it.each(['luks1', 'luks2'] as const)('ends with an error of its own where %s is damaged', async (type) => {
    const whole = disk(headers[type](), 512);
    const found = new Set<unknown>();
    for (const bytes of [0, 100, 600, 5000, 40_000, 200_000].map((length) => whole.subarray(0, length))) {
      found.add(await openLuks(memorySource(bytes), 0, whole.length, passphrase).catch(({ code }) => code));
    }
    expect([...found]).toEqual(['LUKS_DAMAGED']);
    for (let at = 0; at < 592; at += 41) {
      const other = Buffer.from(whole.subarray(0, LUKS_PAYLOAD));
      other[at]! ^= 0x10;
      // More iterations than there were take their time.
      if (type === 'luks1' && [164, 212].some((number) => at >= number && at < number + 4)) continue;
      const opened = await open(other).catch((error: unknown) => error);
      if (opened instanceof Error)
        expect(opened, `${at}`).toMatchObject({ code: expect.stringMatching(/^LUKS_/) });
    }
  });

  it('names what it does not know', async () => {
    const header = Buffer.from(headers.luks2());
    const refused = async (change: (json: Record<string, Record<string, unknown>>) => void) =>
      await open(disk(changed(header, change), 4096)).catch(({ code, message }) => `${code} ${message}`);
    const segment = { type: 'crypt', offset: '16777216', size: 'dynamic', iv_tweak: '0', sector_size: 512 };
    expect(
      await refused(({ segments }) => Object.assign(segments!, { 0: { ...segment, encryption: 'aes-cbc' } })),
    ).toMatch(/^LUKS_UNSUPPORTED .*aes-cbc/);
    expect(await refused(({ config }) => Object.assign(config!, { requirements: {} }))).toMatch(
      /^LUKS_UNSUPPORTED/,
    );
    expect(await refused(({ segments }) => Object.assign(segments!, { 1: segment }))).toMatch(
      /several parts/,
    );
    expect(await refused((json) => delete json.digests)).toMatch(/^LUKS_DAMAGED/);
    expect(await refused((json) => delete json.keyslots)).toMatch(/^LUKS_DAMAGED/);
  });
});

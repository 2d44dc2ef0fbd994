import { createDecipheriv, createHash, pbkdf2Sync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LUKS_PAYLOAD } from '../../../toolkit/domain/image-encryption.ts';
import { encodeLuks1Header, encryptedPayload } from '../../../toolkit/formats/luks/index.ts';
import { mergeKey } from '../../../toolkit/formats/luks/split.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';

/** Bytes that look random and are the same each time. */
function bytesOf(seed: string, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
    createHash('sha256').update(`${seed} ${index}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

const volumeKey = bytesOf('key', 64);
const uuid = '12345678-1234-4321-8765-123456789abc';
const passphrase = Buffer.from('open sesame');

function header(): Buffer {
  let calls = 0;
  const random = (length: number): Buffer => {
    calls += 1;
    return bytesOf(String(calls), length);
  };
  return encodeLuks1Header({ uuid, volumeKey, passphrase, iterations: 1000, random });
}

describe('encodeLuks1Header', () => {
  it('has the volume key for the passphrase, in the first of eight slots', () => {
    const bytes = header();
    expect(bytes.toString('latin1', 0, 6)).toBe('LUKS\xba\xbe');
    expect(bytes.readUInt16BE(6)).toBe(1);
    const slots = Array.from({ length: 8 }, (_, slot) => {
      const at = 208 + slot * 48;
      return { isUsed: bytes.readUInt32BE(at) === 0x00ac71f3, sector: bytes.readUInt32BE(at + 40) };
    });
    expect(slots.map(({ isUsed }) => isUsed)).toEqual([true, ...Array(7).fill(false)]);
    expect(slots.at(-1)!.sector + 504).toBeLessThan(LUKS_PAYLOAD / 512);
    const key = pbkdf2Sync(passphrase, bytes.subarray(216, 248), bytes.readUInt32BE(212), 64, 'sha256');
    const split = Array.from({ length: 500 }, (_, sector) => {
      const iv = Buffer.alloc(16);
      iv.writeUInt32LE(sector);
      const at = (slots[0]!.sector + sector) * 512;
      return createDecipheriv('aes-256-xts', key, iv).update(bytes.subarray(at, at + 512));
    });
    expect(mergeKey(Buffer.concat(split), 64)).toEqual(volumeKey);
    const digest = pbkdf2Sync(volumeKey, bytes.subarray(132, 164), bytes.readUInt32BE(164), 20, 'sha256');
    expect(bytes.subarray(112, 132)).toEqual(digest);
    expect(bytes.includes(volumeKey)).toBe(false);
    expect(bytes.includes('sesame')).toBe(false);
  });

  judged('qemu-img')('begins a disk that QEMU reads', async () => {
    using folder = tempFolder('luks1-');
    const plain = bytesOf('payload', 64 * 1024);
    const disk = Buffer.alloc(LUKS_PAYLOAD + plain.length);
    disk.set(header());
    async function* pieces() {
      yield plain.subarray(0, 5000);
      yield plain.subarray(5000);
    }
    for await (const { offset, bytes } of encryptedPayload(pieces(), volumeKey, 512))
      disk.set(bytes, LUKS_PAYLOAD + offset);
    const [path, opened] = [join(folder.path, 'disk'), join(folder.path, 'opened')];
    writeFileSync(path, disk);
    const secret = ['--object', 'secret,id=s,data=open sesame'] as const;
    const options = `driver=luks,key-secret=s,file.filename=${path}`;
    runTool(['qemu-img', 'convert', ...secret, '--image-opts', options, '-O', 'raw', opened]);
    expect(readFileSync(opened)).toEqual(plain);
  });

  judged('cryptsetup')('is opened by its passphrase and no other', () => {
    using folder = tempFolder('luks1-');
    const path = join(folder.path, 'disk');
    const disk = Buffer.alloc(LUKS_PAYLOAD + 1024 ** 2);
    disk.set(header());
    writeFileSync(path, disk);
    expect(runTool(['cryptsetup', 'luksDump', path]).toString()).toMatch(
      new RegExp(`Version: +\\s1\\n[^]*Payload offset:\\s32768\\n[^]*${uuid}[^]*Key Slot 0: ENABLED`),
    );
    const test = ['cryptsetup', 'open', '--test-passphrase', '--key-file', '-', path] as const;
    runTool([...test], { input: passphrase });
    runTool([...test], { input: Buffer.from('open'), okay: [2] });
  });
});

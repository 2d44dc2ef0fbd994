import { createHash, verify, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EfiSigner } from '../../../toolkit/domain/efi-signer.ts';
import { detachedSignature, publicKeyPacket } from '../../../toolkit/formats/openpgp/index.ts';
import { makeEfiKey, signerOf } from '../../support/efi-key.ts';
import { must } from '../../support/shell.ts';

const DATA = Buffer.from('what GRUB reads');
let folder: string;
let signer: EfiSigner;

/** What gpg reads of a packet. */
async function packets(bytes: Uint8Array): Promise<string> {
  await writeFile(join(folder, 'packet'), bytes);
  return (await must(['gpg', '--homedir', folder, '--list-packets', join(folder, 'packet')])).stdout;
}

/** gpg takes no key without a name, so that only GRUB itself, as it starts an image, judges the whole. */
describe('detachedSignature', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'openpgp-test-'));
    signer = await signerOf(await makeEfiKey(folder, 'own'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('names the key that gpg reads beside it', async () => {
    const id = /keyid: ([0-9A-F]{16})/.exec(await packets(publicKeyPacket(signer.certificate)))?.[1];
    const said = await packets(detachedSignature(DATA, signer));
    expect(said).toContain(`:signature packet: algo 1, keyid ${id}\n`);
    expect(said).toContain('version 4, created ');
    expect(said).toMatch(/digest algo 8, begin of digest [0-9a-f]{2} [0-9a-f]{2}\n/);
    expect(said).toMatch(/data: \[20(?:48|4[0-7]) bits\]/);
  });

  it('is of the bytes and of what it says of itself', async () => {
    const signature = detachedSignature(DATA, signer);
    // An old packet's head of 3 bytes; 6 and 6 of what is hashed.
    const head = signature.subarray(3, 15);
    const trailer = Buffer.from([4, 0xff, 0, 0, 0, head.length]);
    const signed = Buffer.concat([DATA, head, trailer]);
    const begin = createHash('sha256').update(signed).digest('hex').slice(0, 4);
    expect(await packets(signature)).toContain(`begin of digest ${begin.replace(/^../, '$& ')}\n`);
    const { publicKey } = new X509Certificate(signer.certificate);
    expect(verify('sha256', signed, publicKey, signature.subarray(-256))).toBe(true);
  });

  it('is the same again', () => {
    expect(detachedSignature(DATA, signer)).toEqual(detachedSignature(DATA, signer));
  });
});

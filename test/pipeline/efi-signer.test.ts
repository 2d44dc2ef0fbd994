import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { efiSigner } from '../../toolkit/pipeline/efi-signer.ts';
import { type EfiKey, makeEfiKey, secretLines } from '../support/efi-key.ts';
import { must } from '../support/shell.ts';

let folder: string;
let own: EfiKey;
let other: EfiKey;

describe('efiSigner', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'efi-signer-test-'));
    own = await makeEfiKey(folder, 'own');
    other = await makeEfiKey(folder, 'other');
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('is none where the configuration names no key', async () => {
    expect(await efiSigner({ secureBoot: undefined })).toBeUndefined();
  });

  it('takes a certificate in DER as well', async () => {
    const certificate = join(folder, 'own.der');
    await must(['openssl', 'x509', '-in', own.certificate, '-outform', 'DER', '-out', certificate]);
    const [pem, der] = [
      await efiSigner({ secureBoot: own }),
      await efiSigner({ secureBoot: { ...own, certificate } }),
    ];
    expect(der!.certificate).toEqual(pem!.certificate);
    expect(der!.sign(Buffer.from('x'))).toEqual(pem!.sign(Buffer.from('x')));
  });

  it('refuses the key of another certificate, and what is no key of RSA, without saying any of it', async () => {
    const weak = join(folder, 'weak.key');
    await must(['openssl', 'genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024', '-out', weak]);
    const curve = join(folder, 'curve.key');
    await must(['openssl', 'genpkey', '-algorithm', 'ED25519', '-out', curve]);
    const locked = join(folder, 'locked.key');
    await must(['openssl', 'rsa', '-in', own.key, '-aes256', '-passout', 'pass:secret', '-out', locked]);
    const broken = join(folder, 'broken.key');
    const [line] = await secretLines(own);
    await writeFile(broken, `-----BEGIN PRIVATE KEY-----\n${line}\n-----END PRIVATE KEY-----\n`);
    for (const secureBoot of [
      { ...own, key: other.key },
      { ...own, certificate: own.key },
      ...[weak, curve, locked, broken].map((key) => ({ ...own, key })),
    ]) {
      const error = await efiSigner({ secureBoot }).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'SECURE_BOOT_KEY' });
      expect((error as Error).cause).toBeUndefined();
      expect(String(error)).not.toContain(line);
    }
  });
});

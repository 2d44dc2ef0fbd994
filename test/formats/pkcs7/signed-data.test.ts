import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detachedSignedData } from '../../../toolkit/formats/pkcs7/index.ts';
import { type EfiKey, makeEfiKey, signerOf } from '../../support/efi-key.ts';
import { must, run } from '../../support/shell.ts';

describe('detachedSignedData', () => {
  let folder: string;
  let key: EfiKey;
  const at = (name: string) => join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pkcs7-test-'));
    key = await makeEfiKey(folder, 'own');
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('is what openssl makes for veritysetup', async () => {
    const hash = Buffer.from('ab'.repeat(32));
    await writeFile(at('hash'), hash);
    await must([
      ...(['openssl', 'smime', '-sign', '-nocerts', '-noattr', '-binary', '-md', 'sha256'] as const),
      ...['-in', at('hash'), '-inkey', key.key, '-signer', key.certificate, '-outform', 'der'],
      ...['-out', at('theirs')],
    ]);
    expect(detachedSignedData(hash, await signerOf(key))).toEqual(await readFile(at('theirs')));
  });

  it('is right for these bytes only', async () => {
    const signature = detachedSignedData(Buffer.from('signed'), await signerOf(key));
    await writeFile(at('signature'), signature);
    const check = async (text: string) => {
      await writeFile(at('content'), text);
      return await run([
        ...(['openssl', 'smime', '-verify', '-inform', 'DER', '-in', at('signature'), '-binary'] as const),
        ...['-content', at('content'), '-certfile', key.certificate, '-CAfile', key.certificate],
        ...['-purpose', 'any', '-out', '/dev/null'],
      ]);
    };
    expect((await check('signed')).code).toBe(0);
    expect((await check('Signed')).code).not.toBe(0);
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../toolkit/domain/image-config/secret.ts';
import { readPassphrase } from '../../toolkit/pipeline/passphrase.ts';
import { diskEncryption } from '../support/image-host.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passphrase-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function read(text: string | Uint8Array): Promise<string> {
  const passphraseFile = join(folder, 'file');
  await writeFile(passphraseFile, text);
  return Buffer.from((await readPassphrase({ encryption: diskEncryption({ passphraseFile }) }))!).toString();
}

describe('readPassphrase', () => {
  it.each([
    ['open sesame\n', 'open sesame'],
    ['  spaces count ', '  spaces count '],
    ['größe\n', 'größe'],
  ])('is what is typed, without the end of its line: %j', async (text, wanted) => {
    expect(await read(text)).toBe(wanted);
  });

  it.each(['', '\n', 'a\nb\n', 'a\n\n', 'tab\tbed', 'nul\0', 'x'.repeat(513)])(
    'refuses what nobody can type, and does not say it: %j',
    async (text) => {
      await expect(read(text)).rejects.toMatchObject({
        code: 'ENCRYPTION_PASSPHRASE',
        message: expect.not.stringMatching(/tab|nul|xxx/),
      });
    },
  );

  it('says which file is not there', async () => {
    const encryption = diskEncryption({ passphraseFile: join(folder, 'none') });
    await expect(readPassphrase({ encryption })).rejects.toMatchObject({
      code: 'ENCRYPTION_PASSPHRASE',
      message: expect.stringContaining('/none'),
    });
  });

  it('takes one that the configuration holds, and none where nothing is encrypted', async () => {
    const encryption = diskEncryption({ passphrase: new Secret('abc') });
    expect(await readPassphrase({ encryption })).toEqual(Buffer.from('abc'));
    expect(await readPassphrase({ encryption: undefined })).toBeUndefined();
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { createFileDigests } from '../../../toolkit/host/digests.ts';
import { createProcesses } from '../../../toolkit/host/process/run.ts';
import { createSigner } from '../../../toolkit/host/signing/signer.ts';
import { judged, runTool } from '../../formats/support/judge.ts';

const { signal } = new AbortController();
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signer-'));
  file = join(folder, 'trial-1.0.raw');
  await writeFile(file, 'an image');
});

afterEach(async () => await rm(folder, { recursive: true, force: true }));

async function signer(key: string, env: Record<string, string> = {}) {
  const ports = {
    processes: createProcesses(),
    digests: createFileDigests(join(folder, 'digests')),
    store: { tmp: folder },
  };
  return await createSigner(key, ports as unknown as Parameters<typeof createSigner>[1], env);
}

describe('createSigner', () => {
  judged('ssh-keygen')('signs with an ssh key as ssh-keygen verifies it', async () => {
    const key = join(folder, 'key');
    runTool(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', key]);
    const made = await signer(key);
    const text = await made.sign(file, signal);
    expect(made.ending).toBe('.sig');
    expect(await made.sign(file, signal)).toBe(text);
    await writeFile(`${file}.sig`, text);
    const allowed = join(folder, 'allowed_signers');
    await writeFile(allowed, `me ${runTool(['ssh-keygen', '-y', '-f', key])}`);
    const verify = ['ssh-keygen', '-Y', 'verify', '-f', allowed, '-I', 'me', '-n', 'file'] as const;
    const check = (content: string) =>
      runTool([...verify, '-s', `${file}.sig`], { input: Buffer.from(content) });
    expect(check('an image').toString()).toContain('Good "file" signature for me');
    expect(() => check('another')).toThrow();
  });

  judged('ssh-keygen')('says what to do about a key with a passphrase', async () => {
    const key = join(folder, 'key');
    runTool(['ssh-keygen', '-q', '-t', 'ed25519', '-N', 'secret', '-f', key]);
    await expect((await signer(key)).sign(file, signal)).rejects.toMatchObject({ code: 'SIGN_FAILED' });
  });

  judged('gpg')('signs with a key of gpg as gpg verifies it', async () => {
    const env = { GNUPGHOME: folder };
    const gpg = (...rest: string[]) => runTool(['gpg', '--batch', ...rest], { env });
    gpg('--passphrase', '', '--quick-generate-key', 'trial@example.org', 'ed25519', 'sign', 'never');
    const made = await signer('trial@example.org', env);
    expect(await made.key(signal)).toMatch(/^[0-9a-f]{64}$/);
    await writeFile(`${file}${made.ending}`, await made.sign(file, signal));
    gpg('--verify', `${file}.asc`, file);
    await writeFile(file, 'another');
    expect(() => gpg('--verify', `${file}.asc`, file)).toThrow();
    runTool(['gpgconf', '--kill', 'all'], { env });
  });

  judged('gpg')('refuses a key that is neither a file nor known to gpg', async () => {
    const made = await signer('nobody@example.org', { GNUPGHOME: folder });
    await expect(made.key(signal)).rejects.toMatchObject({ code: 'SIGN_KEY_UNUSABLE' });
  });
});

import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ActionResult, Store } from '../../../toolkit/domain/ports.ts';
import type { Signer } from '../../../toolkit/domain/services.ts';
import { signatureNames, signFiles } from '../../../toolkit/stages/disk-to-artifacts/signatures.ts';

const { signal } = new AbortController();
const files = [{ name: 'trial-1.raw', sha256: 'aa' }];
let folder: string;
let signed: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signatures-'));
  signed = [];
  await writeFile(join(folder, 'artifact.json'), '{}');
  await writeFile(join(folder, 'trial-1.raw'), 'image');
});

afterEach(async () => await rm(folder, { recursive: true, force: true }));

/** A store in memory: what signing asks of it. */
function memoryStore(): Store {
  const contents = new Map<string, string>();
  const actions = new Map<string, ActionResult>();
  const store: Partial<Store> = {
    action: async (key) => actions.get(key),
    saveAction: async (key, result) => void actions.set(key, result),
    async putStream(bytes) {
      let text = '';
      for await (const piece of bytes) text += Buffer.from(piece).toString();
      const sha256 = createHash('sha256').update(text).digest('hex');
      contents.set(sha256, text);
      return { sha256, size: text.length };
    },
    checkout: async (sha256, path) => await writeFile(path, contents.get(sha256) ?? ''),
  };
  return store as Store;
}

function signer(key: string): Signer {
  return {
    ending: '.sig',
    key: async () => key,
    async sign(path) {
      signed.push(path.slice(folder.length + 1));
      return `${key} signs ${await readFile(path, 'utf8')}`;
    },
  };
}

describe('signFiles', () => {
  it('signs all files and their list, each once', async () => {
    const ports = { store: memoryStore() };
    await signFiles(folder, files, signer('one'), ports, signal);
    expect(signed).toEqual(['trial-1.raw', 'artifact.json']);
    expect(await readFile(join(folder, 'trial-1.raw.sig'), 'utf8')).toBe('one signs image');
    expect((await readdir(folder)).filter((name) => name.endsWith('.sig'))).toEqual(
      signatureNames(files, signer('one')),
    );
    await rm(join(folder, 'trial-1.raw.sig'));
    await signFiles(folder, files, signer('one'), ports, signal);
    expect(signed).toHaveLength(2);
    expect(await readFile(join(folder, 'trial-1.raw.sig'), 'utf8')).toBe('one signs image');
  });

  it('signs again what has changed, and everything with another key', async () => {
    const ports = { store: memoryStore() };
    await signFiles(folder, files, signer('one'), ports, signal);
    await writeFile(join(folder, 'artifact.json'), '{"artifacts":[]}');
    await signFiles(folder, files, signer('one'), ports, signal);
    expect(signed).toEqual(['trial-1.raw', 'artifact.json', 'artifact.json']);
    await signFiles(folder, files, signer('two'), ports, signal);
    expect(signed).toHaveLength(5);
  });

  it('leaves no signature of other bytes where it cannot sign', async () => {
    await writeFile(join(folder, 'trial-1.raw.sig'), 'of former bytes');
    const broken: Signer = { ...signer('one'), sign: async () => await Promise.reject(new Error('no')) };
    await expect(signFiles(folder, files, broken, { store: memoryStore() }, signal)).rejects.toThrow('no');
    expect(await readdir(folder)).not.toContain('trial-1.raw.sig');
  });
});

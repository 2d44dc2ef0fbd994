import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EfiSigner } from '../../../toolkit/domain/efi-signer.ts';
import { imageDigest, signProgram } from '../../../toolkit/formats/authenticode/index.ts';
import { readElement } from '../../../toolkit/formats/der/index.ts';
import { type EfiKey, makeEfiKey, signerOf } from '../../support/efi-key.ts';
import { run } from '../../support/shell.ts';
import { smallEfiProgram } from '../support/pe.ts';

let folder: string;
let key: EfiKey;
let signer: EfiSigner;
const PROGRAM = smallEfiProgram(Buffer.from('what it does'));

/** The signatures of a program: PKCS #7 of each. */
function signatures(program: Buffer): Buffer[] {
  const directory = 64 + 24 + 112 + 32;
  const found: Buffer[] = [];
  const end = program.readUInt32LE(directory) + program.readUInt32LE(directory + 4);
  for (let at = program.readUInt32LE(directory); at < end; ) {
    const length = program.readUInt32LE(at);
    found.push(program.subarray(at + 8, at + length));
    at += Math.ceil(length / 8) * 8;
  }
  expect(end).toBe(program.length);
  return found;
}

/** What is signed: content of the content, which firmware hashes without its own head. */
function contentOf(signature: Buffer): Buffer {
  const signed = readElement(signature).parts()[1]!.parts()[0]!;
  return signed.parts()[2]!.parts()[1]!.parts()[0]!.content;
}

describe('signProgram', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'authenticode-test-'));
    key = await makeEfiKey(folder, 'own');
    signer = await signerOf(key);
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('adds a signature that openssl finds right', async () => {
    const [signature] = signatures(signProgram(PROGRAM, signer));
    const content = contentOf(signature!);
    expect(content.subarray(-32)).toEqual(imageDigest(PROGRAM));
    const at = (name: string) => join(folder, name);
    await writeFile(at('signature'), signature!);
    const check = async (name: string, bytes: Buffer) => {
      await writeFile(at(name), bytes);
      return await run([
        ...(['openssl', 'smime', '-verify', '-inform', 'DER', '-in', at('signature')] as const),
        ...['-CAfile', key.certificate, '-purpose', 'any', '-content', at(name), '-out', '/dev/null'],
      ]);
    };
    expect((await check('content', content)).stderr).toContain('successful');
    expect((await check('other', Buffer.from('other'))).stderr).toContain('digest failure');
  });

  it('gives the same bytes again, and leaves the digest as it is', () => {
    const signed = signProgram(PROGRAM, signer);
    expect(signProgram(PROGRAM, signer)).toEqual(signed);
    expect(imageDigest(signed)).toEqual(imageDigest(PROGRAM));
    expect(signed.length % 8).toBe(0);
  });

  it('keeps signatures that are there', () => {
    const twice = signProgram(signProgram(PROGRAM, signer), signer);
    const [first, second] = signatures(twice);
    expect(second).toEqual(first);
  });

  it('counts every byte but checksum and signatures', () => {
    const changed = Buffer.from(PROGRAM);
    changed.writeUInt32LE(1, 64 + 24 + 64);
    expect(imageDigest(changed)).toEqual(imageDigest(PROGRAM));
    changed[changed.length - 1]! ^= 1;
    expect(imageDigest(changed)).not.toEqual(imageDigest(PROGRAM));
  });

  it('refuses what firmware would hash otherwise, and what is no program', () => {
    const gap = Buffer.from(PROGRAM);
    gap.writeUInt32LE(4096, 64 + 24 + 240 + 20);
    for (const bytes of [gap, Buffer.from('#!/bin/sh'), PROGRAM.subarray(0, 200), Buffer.alloc(0)]) {
      expect(() => signProgram(bytes, signer)).toThrow(expect.objectContaining({ code: 'EFI_PROGRAM' }));
    }
  });
});

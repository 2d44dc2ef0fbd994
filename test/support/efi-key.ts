import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EfiSigner } from '../../toolkit/domain/efi-signer.ts';
import { efiSigner } from '../../toolkit/pipeline/efi-signer.ts';
import { must } from './shell.ts';

/** Paths of a key for Secure Boot and its certificate, in PEM. */
export interface EfiKey {
  readonly key: string;
  readonly certificate: string;
}

/** Makes a key pair that exists for this test only. */
export async function makeEfiKey(dir: string, name: string): Promise<EfiKey> {
  const made = { key: join(dir, `${name}.key`), certificate: join(dir, `${name}.pem`) };
  await must([
    ...(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '3650', '-sha256'] as const),
    ...['-subj', `/CN=${name}/`, '-keyout', made.key, '-out', made.certificate],
  ]);
  return made;
}

/** The same, as the stages get it. */
export async function signerOf(secureBoot: EfiKey): Promise<EfiSigner> {
  return (await efiSigner({ secureBoot }))!;
}

/** All that a key is known by in a file: its lines of PEM. */
export async function secretLines({ key }: EfiKey): Promise<string[]> {
  const lines = (await readFile(key, 'utf8')).split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('-'));
}

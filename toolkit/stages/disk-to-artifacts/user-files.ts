import { Readable } from 'node:stream';
import { checkFileDigest, type FileDigest } from '../../domain/digest.ts';
import type { ArtifactPorts } from './making.ts';

/** Puts a text of the configuration into the store. */
export async function storeText(
  text: string,
  { store }: Pick<ArtifactPorts, 'store'>,
  signal: AbortSignal,
): Promise<FileDigest> {
  return await store.putStream(Readable.from([Buffer.from(text)]), undefined, signal);
}

/** Puts a file of the user into the store. Throws `IMAGE_FILE_OTHER` where it is not the one that is wanted. */
export async function storeUserFile(
  path: string,
  wanted: string | undefined,
  { store }: Pick<ArtifactPorts, 'store'>,
  signal: AbortSignal,
): Promise<FileDigest> {
  const digest = await store.putFile(path, signal);
  checkFileDigest(path, digest.sha256, wanted);
  return digest;
}

import { Readable } from 'node:stream';
import type { FileDigest } from '../../domain/digest.ts';
import { usageError } from '../../domain/errors.ts';
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
  if (wanted === undefined || wanted === digest.sha256) return digest;
  const message = `${path}: it has the SHA-256 ${digest.sha256}, and ${wanted} is wanted`;
  throw usageError('IMAGE_FILE_OTHER', message, {
    hint: 'Correct sha256 in the configuration, if this is the file that it means.',
  });
}

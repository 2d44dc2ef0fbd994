import { createHash } from 'node:crypto';
import { usageError } from './errors.ts';

/** Lower-case hexadecimal SHA-256 of some bytes. */
export type Sha256 = string;

/** Bytes that are known by their content. */
export interface FileDigest {
  readonly sha256: Sha256;
  /** Size in bytes. */
  readonly size: number;
}

/** Reads pieces to their end. */
export async function digestOfPieces(pieces: AsyncIterable<Uint8Array>): Promise<FileDigest> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of pieces) {
    hash.update(piece);
    size += piece.length;
  }
  return { sha256: hash.digest('hex'), size };
}

/** Throws `IMAGE_FILE_OTHER` where a file of the user is not the one that the configuration means, if it says which. */
export function checkFileDigest(path: string, found: Sha256 | undefined, wanted: Sha256 | undefined): void {
  if (wanted === undefined || found === wanted) return;
  throw usageError('IMAGE_FILE_OTHER', `${path}: it has the SHA-256 ${found}, and ${wanted} is wanted`, {
    hint: 'Correct sha256 in the configuration, if this is the file that it means.',
  });
}

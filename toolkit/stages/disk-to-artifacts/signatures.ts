import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { actionKey } from '../../domain/action-key.ts';
import type { ListedFile } from '../../domain/image-document.ts';
import type { Signer } from '../../domain/services.ts';
import { byCodeUnit } from '../../domain/text.ts';
import { INDEX } from './artifact-index.ts';
import type { ArtifactPorts } from './making.ts';

/** File names of the signatures that a folder of these files and their list is to have, sorted. */
export function signatureNames(files: readonly ListedFile[], signer: Pick<Signer, 'ending'>): string[] {
  return [INDEX, ...files.map(({ name }) => name)].map((name) => name + signer.ending).sort(byCodeUnit);
}

/**
 * Signs the files of a folder and their list. A signature of the same bytes by the same key is remembered: it
 * is made once.
 */
export async function signFiles(
  folder: string,
  files: readonly ListedFile[],
  signer: Signer,
  ports: Pick<ArtifactPorts, 'store'>,
  signal: AbortSignal,
): Promise<void> {
  const signingKey = await signer.key(signal);
  const index = createHash('sha256')
    .update(await readFile(join(folder, INDEX)))
    .digest('hex');
  for (const { name, sha256 } of [...files, { name: INDEX, sha256: index }]) {
    const key = actionKey('signature/1', [sha256, signingKey]);
    const path = join(folder, name);
    let digest = (await ports.store.action(key))?.outputs[0]?.digest;
    if (digest === undefined) {
      // A former one is of other bytes: nothing is left of it if this one cannot be made.
      await rm(path + signer.ending, { force: true });
      const text = await signer.sign(path, signal);
      digest = await ports.store.putStream(Readable.from([Buffer.from(text)]), undefined, signal);
      await ports.store.saveAction(key, { outputs: [{ name: 'signature', digest }], facts: {} });
    }
    await ports.store.checkout(digest.sha256, path + signer.ending, signal);
  }
}

import { join } from 'node:path';
import type { Sha256 } from '../../domain/digest.ts';

/** Where things lie in a cache folder. */
export interface StoreLayout {
  readonly objects: string;
  readonly actions: string;
  readonly used: string;
  /** Partial work. */
  readonly tmp: string;
  object(sha256: Sha256): string;
  action(key: string): string;
  /** A file whose mtime tells when the content was last used. */
  mark(sha256: Sha256): string;
}

export function storeLayout(cacheDir: string, tmp: string): StoreLayout {
  const objects = join(cacheDir, 'objects', 'sha256');
  const actions = join(cacheDir, 'actions');
  const used = join(cacheDir, 'used');
  const fanOut = (folder: string, name: string) => join(folder, name.slice(0, 2), name);
  return {
    objects,
    actions,
    used,
    tmp,
    object: (sha256) => fanOut(objects, assertHex(sha256)),
    action: (key) => `${fanOut(actions, assertHex(key))}.json`,
    mark: (sha256) => fanOut(used, assertHex(sha256)),
  };
}

// Names become paths: a name that is none must not reach the disk.
function assertHex(name: string): string {
  if (!/^[0-9a-f]{16,128}$/.test(name)) throw new Error(`not a digest: ${JSON.stringify(name)}`);
  return name;
}

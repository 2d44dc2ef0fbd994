import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { ContentReader } from '../../../domain/image-rootfs.ts';
import type { ManifestEntry } from '../../../domain/manifest.ts';
import { readExactly } from './parts.ts';
import { byFile } from './places.ts';

/**
 * Opens a tree as it was left in the folder `top`. `list` is the path of what `listTree` wrote of it: where the content
 * of each file is.
 */
export async function openTree(
  top: string,
  list: string,
  entries: readonly ManifestEntry[],
): Promise<ContentReader> {
  // Written by the program in the sandbox.
  const lines = (await readFile(list, 'utf8')).split('\n').slice(0, -1);
  const places = byFile(
    entries,
    lines.map((line) => JSON.parse(line) as string),
  );
  let current: ManifestEntry | undefined;
  let file = -1;
  const close = () => {
    if (current !== undefined) closeSync(file);
    current = undefined;
  };
  const read = (entry: ManifestEntry, from: number, target: Uint8Array) => {
    const path = `${top}/${places.get(entry)}`;
    if (current !== entry) {
      close();
      file = openSync(Buffer.from(path, 'latin1'), 'r');
      current = entry;
    }
    readExactly(file, from, target, path);
    if (from + target.length === entry.size) close();
  };
  return { read, [Symbol.dispose]: close };
}

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';

/** A folder with these files, by their paths in it. */
export type TextFolder = (files: Readonly<Record<string, string>>) => Promise<string>;

/** Makes folders of text files, each of them gone after its test. To be called at the top of a test file. */
export function textFolders(): TextFolder {
  const folders: string[] = [];
  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
  });
  return async (files) => {
    const folder = await mkdtemp(join(tmpdir(), 'text-folder-'));
    folders.push(folder);
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    return folder;
  };
}

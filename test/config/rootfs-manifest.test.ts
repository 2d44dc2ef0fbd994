import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readManifestEntries } from '../../toolkit/config/rootfs-manifest.ts';
import { latin1Bytes } from '../../toolkit/domain/image-bytes.ts';
import { manifestLine } from '../../toolkit/domain/image-manifest.ts';
import { tempFolder } from '../formats/support/judge.ts';

const COMMON = { type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0, xattrs: [] } as const;

describe('readManifestEntries', () => {
  // A path has letters of two bytes in the file: some lie where one piece that is read ends and the next begins.
  it.each([
    ['nothing', []],
    ['one line', ['']],
    ['more than is read at once', Array.from({ length: 40_000 }, (_, at) => `${at}/\u00e4\u00ff\n`)],
  ])('gives the entries of %s in their order', async (_, paths) => {
    using folder = tempFolder('manifest-');
    const file = join(folder.path, 'manifest.jsonl');
    const lines = paths.map((path) => manifestLine({ ...COMMON, path: latin1Bytes(path) }));
    await writeFile(file, lines.map((line) => `${line}\n`).join(''));
    const found = await readManifestEntries(file);
    expect(found.map(({ path }) => Buffer.from(path).toString('latin1'))).toEqual(paths);
  });
});

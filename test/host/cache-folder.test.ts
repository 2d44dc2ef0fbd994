import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assertRemovable, checkCacheFolder, removeCache } from '../../toolkit/host/cache-folder.ts';
import { tempFolder } from './http/fakes.ts';

const never = new AbortController().signal;

describe('a cache folder', () => {
  it('is marked as a cache when it is made, and empty once removed', async () => {
    await using folder = await tempFolder();
    const cache = await checkCacheFolder(join(folder.path, 'new'));
    expect(await readFile(join(cache, 'CACHEDIR.TAG'), 'utf8')).toMatch(
      /^Signature: 8a477f597d28d172789f06886806bc55\n/,
    );
    for (const name of ['objects', 'actions', 'tmp']) await mkdir(join(cache, name));
    await writeFile(join(cache, 'durations.json'), '{}');
    expect(await removeCache(cache, never)).toEqual([]);
    expect(await readdir(cache)).toEqual([]);
  });

  it('keeps what is not ours', async () => {
    await using folder = await tempFolder();
    const cache = await checkCacheFolder(folder.path);
    await mkdir(join(cache, 'objects'));
    await writeFile(join(cache, 'thesis.txt'), 'x');
    expect(await removeCache(cache, never)).toEqual(['thesis.txt']);
    expect((await readdir(cache)).sort()).toEqual(['CACHEDIR.TAG', 'thesis.txt']);
  });

  it('that held other things before is not removed', async () => {
    await using folder = await tempFolder();
    await mkdir(join(folder.path, 'objects'));
    await writeFile(join(folder.path, 'thesis.txt'), 'x');
    const cache = await checkCacheFolder(folder.path);
    await expect(removeCache(cache, never)).rejects.toMatchObject({ code: 'CACHE_NOT_OURS' });
    expect((await readdir(cache)).sort()).toEqual(['objects', 'thesis.txt']);
  });

  it('that was copied without its mark gets it again', async () => {
    await using folder = await tempFolder();
    for (const name of ['objects', 'actions']) await mkdir(join(folder.path, name));
    await assertRemovable(await checkCacheFolder(folder.path));
  });

  it('in use by another run is not removed', async () => {
    await using folder = await tempFolder();
    const cache = await checkCacheFolder(folder.path);
    // Of another pid namespace, where nobody can tell.
    await mkdir(join(cache, 'tmp/1-2-3-abc'), { recursive: true });
    await expect(removeCache(cache, never)).rejects.toMatchObject({ code: 'CACHE_IN_USE' });
    expect(await readdir(join(cache, 'tmp'))).toEqual(['1-2-3-abc']);
  });
});

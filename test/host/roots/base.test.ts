import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ToolkitEvent } from '../../../toolkit/domain/events.ts';
import { createFileDigests } from '../../../toolkit/host/digests.ts';
import { type BaseOptions, findBase, makeBase, updateBaseLock } from '../../../toolkit/host/roots/base.ts';
import { createStore } from '../../../toolkit/host/store/store.ts';
import { tempFolder } from '../http/fakes.ts';

const never = new AbortController().signal;
const unpack = async () => {};

/** A checkout's chroot folder and a maker that gives each package of the list, and nothing else. */
async function trial(list: string) {
  const folder = await tempFolder();
  const [chrootDir, cacheDir] = [join(folder.path, 'chroot'), join(folder.path, 'cache')];
  for (const path of [chrootDir, cacheDir]) await mkdir(path);
  const ask = async (text: string) => await writeFile(join(chrootDir, 'small.packages'), text);
  await ask(list);
  const events: ToolkitEvent[] = [];
  const options: BaseOptions = {
    ...{ chrootDir, cacheDir, suite: 'trixie', arch: 'amd64', locked: false },
    store: createStore(cacheDir, createFileDigests(join(cacheDir, 'digests'))),
    events: { emit: (event) => void events.push(event) },
    maker: async (recipe) => {
      const tar = join(folder.path, 'root.tar');
      await writeFile(tar, recipe.packages.join());
      const facts = { version: '1', arch: 'amd64', sha256: 'a'.repeat(64) };
      return { tar, packages: recipe.packages.map((name) => ({ name, ...facts })) };
    },
  };
  return {
    ...{ options, ask, events, folder: folder.path },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

describe('findBase', () => {
  it('gives what was made for this list, whose lock is current', async () => {
    await using test = await trial('zstd\nbash\n');
    expect(await findBase('small', test.options)).toBeUndefined();
    await updateBaseLock('small', test.options, test.folder, unpack, never);
    const found = await findBase('small', { ...test.options, locked: true });
    expect(found?.packages.map(({ name }) => name)).toEqual(['bash', 'zstd']);
  });

  it('makes nothing of a lock that answers an older list', async () => {
    await using test = await trial('bash\n');
    await updateBaseLock('small', test.options, test.folder, unpack, never);
    const before = await findBase('small', test.options);
    await test.ask('bash\nzstd\n');
    expect(await findBase('small', test.options)).toBeUndefined();
    const made = await makeBase('small', test.options, test.folder, unpack, never);
    expect(made.packages.map(({ name }) => name)).toEqual(['bash', 'zstd']);
    expect(test.events).toMatchObject([{ message: expect.stringMatching(/zstd 1 is new in it/) }]);
    expect((await findBase('small', test.options))?.key).toBe(made.key);
    await expect(findBase('small', { ...test.options, locked: true })).rejects.toMatchObject({
      code: 'ROOT_LOCK_DIFFERS',
      message: expect.stringMatching(/zstd is asked for since/),
    });
    await test.ask('# only this\nbash\n');
    expect((await findBase('small', test.options))?.key).toBe(before?.key);
  });
});

describe('makeBase', () => {
  it('stores nothing more once its tar cannot be unpacked', async () => {
    await using test = await trial('bash\n');
    const full = async () => {
      throw new Error('disk full');
    };
    await expect(makeBase('small', test.options, test.folder, full, never)).rejects.toThrow('disk full');
    expect(await findBase('small', test.options)).toBeUndefined();
  });
});
